"""The link's C under sanitizers: frames with and without faults, libFuzzer for a moment. More: ``make fuzz-link``."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from everything import MINUTES

from .bounded import bounded, findings

HERE = Path(__file__).resolve().parent
LINK, TOY = HERE.parents[1] / "firmware/link", HERE.parent / "run/link"
FLAGS = (
    *("-std=c99", "-g", "-O1", "-Wall", "-Wextra", "-Wno-unused-function"),
    *("-fsanitize=address,undefined", "-fno-sanitize-recover=all"),
)
PAYLOADS = (48, 128, 1024)
FRAMES, SEEDS = (1_000_000, 4) if MINUTES else (60_000, 1)
LEAST = 0.1
"""Of the frames, that arrive whole: fewer would test little."""
LIMIT = f"-max_total_time={round(60 * MINUTES)}" if MINUTES else "-runs=20000"
PATIENCE = round(600 + 60 * MINUTES)
TARGET = "int LLVMFuzzerTestOneInput(const unsigned char *d, unsigned long n) { return d == 0 && n; }"


def built(compiler: str, main: str, folder: Path, payload: int, *flags: str) -> str:
    """A harness with the link's C and the toy."""
    sources = [HERE / "link" / main, LINK / "gatesmith_link.c"]
    sources += [TOY / name for name in ("toy.c", "toy_glue.c", "capture.c")]
    folders = [f"-I{place}" for place in (LINK, TOY, HERE / "link")]
    command = [compiler, *FLAGS, *flags, f"-DGS_LINK_PAYLOAD={payload}", *folders, *map(str, sources)]
    subprocess.run([*command, "-o", str(folder / "program")], check=True, timeout=300)
    return str(folder / "program")


@pytest.mark.parametrize("seed", range(7, 7 + SEEDS))
@pytest.mark.parametrize("payload", PAYLOADS)
def test_frames(payload: int, seed: int, tmp_path: Path) -> None:
    """Nothing is executed that was not sent, or twice; no wrong answer is accepted; no fault makes the link deaf."""
    compiler = next((name for name in ("clang", "gcc", "cc") if shutil.which(name)), "cc")
    command = [built(compiler, "frames.c", tmp_path, payload), str(FRAMES), str(seed), str(PATIENCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE + 60, check=False)
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 undetected, 0 wrong, 0 unanswered" in done.stdout
    count, whole = map(int, re.findall(r"frames (\d+): (\d+) arrived whole", done.stdout)[0])
    assert whole > LEAST * count


@pytest.mark.parametrize("payload", PAYLOADS if MINUTES else (128,))
def test_libfuzzer(payload: int, tmp_path: Path) -> None:
    if shutil.which("clang") is None:
        pytest.skip("clang is not installed (apt-get install clang)")
    (tmp_path / "empty.c").write_text(TARGET)
    empty = ["clang", "-fsanitize=fuzzer,address", "empty.c", "-o", "empty"]
    if subprocess.run(empty, cwd=tmp_path, capture_output=True, timeout=60, check=False).returncode:
        pytest.skip("clang has no libFuzzer (apt-get install libclang-rt-dev)")
    corpus = shutil.copytree(HERE / "link/corpus", tmp_path / "corpus")
    options = [LIMIT, "-max_len=4096", "-timeout=20", f"-artifact_prefix={findings(tmp_path)}/", str(corpus)]
    command = bounded([built("clang", "fuzz_link.c", tmp_path, payload, "-fsanitize=fuzzer"), *options], PATIENCE - 20)
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert MINUTES or not [*findings(tmp_path).iterdir()]
