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

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="gcc is not installed (apt-get install gcc)")


def compiled(folder: Path, sources: list[Path], *defines: str) -> str:
    program = folder / "check"
    files = map(str, (HERE / "soft" / "check.c", *sources))
    subprocess.run(["gcc", *FLAGS, *defines, *files, "-o", str(program), "-lm"], check=True, timeout=120)
    return str(program)


@pytest.mark.parametrize("defines", [[], ["-DGS_DIV32"]], ids=["digits", "divider"])
def test_every_bit_is_this_machines(tmp_path: Path, defines: list[str]) -> None:
    program = compiled(tmp_path, SOURCES, *defines)
    done = subprocess.run([program, RANDOM], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("0 of ") and int(done.stdout.split()[2]) > 5_000_000


@pytest.mark.parametrize(
    ("file", "right", "wrong", "operation"),
    [
        ("softfloat.h", "0x3Fu + ((m >> GUARD) & 1u)", "0x40u", "add"),  # halves go up, not to even
        ("softfloat.h", "m = shifted(m, 1 - exponent);", "m = 0u;", "div"),  # no subnormals
        ("compare.c", "compared(a, b, -1)", "compared(a, b, 1)", "above"),  # a NaN is above all
        ("divide.c", "(m != 0u ? 1u : 0u)", "0u", "div"),  # nothing remembered below the last digit
        ("integers.c", "(left >> 16) +", "", "umul"),  # a lost carry
    ],
)
def test_a_wrong_bit_is_found(tmp_path: Path, file: str, right: str, wrong: str, operation: str) -> None:
    sources = [Path(shutil.copy(source, tmp_path)) for source in (*SOURCES, PORT / "softfloat.h")]
    spoilt = tmp_path / file
    text = spoilt.read_text("utf-8")
    assert right in text
    spoilt.write_text(text.replace(right, wrong), "utf-8")
    program = compiled(tmp_path, sources[:-1])
    done = subprocess.run([program], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 1 and f"{operation} " in done.stdout
