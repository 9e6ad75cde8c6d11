#!/usr/bin/env python3
"""ESP-IDF's ``idf.py -C PROJECT build``, by CMake with functions that stand in for ESP-IDF's."""

import os
import subprocess
import sys
from pathlib import Path

assert sys.argv[1] == "-C" and sys.argv[3:] == ["build"], sys.argv
project = sys.argv[2]
environment = {**os.environ, "IDF_PATH": str(Path(os.environ["GATESMITH_STANDINS"]) / "idf")}
for words in (["-S", project, "-B", f"{project}/build"], ["--build", f"{project}/build"]):
    subprocess.run(["cmake", *words], env=environment, check=True)
