"""The tool itself: how long ``--help`` and ``generate`` take, and how much memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

MAKE = """\
import sys
import keras
keras.utils.set_random_seed(1)
units, path = int(sys.argv[1]), sys.argv[2]
x = keras.Input((16,))
keras.Model(x, keras.layers.Dense(16)(keras.layers.Dense(units)(keras.layers.Dense(units)(x)))).save(path)
"""
SIZES = {"generate, 100k weights": 300, "generate, 2M weights": 1400}
RUNS = 5


def used(command: list[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, processor seconds and MB of the largest process of a command."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - begun
    if child.returncode:
        raise subprocess.CalledProcessError(child.returncode, command)
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measured() -> dict[str, Any]:
    """Medians of five runs, whole processes; of modules that are compiled, as they are where pip has installed them."""
    gatesmith = str(Path(sys.executable).with_name("gatesmith"))
    commands = {"--help": [gatesmith, "--help"]}
    with tempfile.TemporaryDirectory() as folder:
        for name, units in SIZES.items():
            path = str(Path(folder) / f"{units}.keras")
            subprocess.run([sys.executable, "-c", MAKE, str(units), path], check=True, capture_output=True, timeout=300)
            commands[name] = [gatesmith, "generate", path, "-o", str(Path(folder) / str(units))]
        compiled = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(folder) / "compiled")}
        compiled.pop("PYTHONDONTWRITEBYTECODE", None)
        table = {}
        for name, command in commands.items():
            used(command, compiled)
            runs = [used(command, compiled) for _ in range(RUNS)]
            wall, processor, memory = (median(run[i] for run in runs) for i in range(3))
            table[name] = {"seconds": round(wall, 2), "processor_seconds": round(processor, 2), "MB": round(memory)}
            print(f"{name:24} {wall:6.2f} s, {processor:6.2f} s of processor, {memory:5.0f} MB", flush=True)
    return table
