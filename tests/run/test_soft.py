"""The software arithmetic that emulated Xtensa cores are linked with, beside this machine's, bit for bit."""

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
PORT = HERE.parent.parent / "firmware" / "ports" / "xtensa"
SOURCES = [PORT / name for name in ("softfloat.c", "compare.c", "divide.c", "integers.c")]
FLAGS = ["-std=c99", "-O2", "-Wall", "-Wextra", "-ffp-contract=off", "-DSOFT(name)=soft_##name", "-DROOT=soft_sqrtf"]
RANDOM = "300000"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed (apt-get install gcc)")
@pytest.mark.parametrize("defines", [[], ["-DGS_DIV32"]], ids=["digits", "divider"])
def test_every_bit_is_this_machines(tmp_path: Path, defines: list[str]) -> None:
    program, files = tmp_path / "check", (HERE / "soft" / "check.c", *SOURCES)
    subprocess.run(["gcc", *FLAGS, *defines, *files, "-o", program, "-lm"], check=True, timeout=120)
    done = subprocess.run([program, RANDOM], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("0 of ") and int(done.stdout.split()[2]) > 5_000_000
