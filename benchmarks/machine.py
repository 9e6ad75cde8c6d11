"""What a run ran on."""

from __future__ import annotations

import json
import platform
import re
import subprocess
from pathlib import Path
from typing import Any

import gatesmith
from gatesmith.run.toolchain.host import find_compiler

ASK = """\
import json, players
print(json.dumps(players.versions()))
"""


def described() -> dict[str, Any]:
    """Processor, system, compiler; no name of the machine."""
    text = Path("/proc/cpuinfo").read_text("utf-8") if Path("/proc/cpuinfo").exists() else ""
    facts = dict(re.findall(r"^(model name|cpu family|model)\s*: (.*)$", text, re.MULTILINE))
    compiler = subprocess.run([*find_compiler().split(), "--version"], capture_output=True, text=True, check=True)
    return {
        "processor": " ".join(f"{key} {value}" if key != "model name" else value for key, value in facts.items()),
        "system": f"{platform.system()} {platform.machine()}",
        "compiler": compiler.stdout.splitlines()[0],
        "python": platform.python_version(),
        "gatesmith": gatesmith.__version__,
    }


def versions(python: Path) -> dict[str, str]:
    """Of the peers."""
    within = Path(__file__).resolve().parent / "peers"
    done = subprocess.run([str(python), "-c", ASK], cwd=within, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found
