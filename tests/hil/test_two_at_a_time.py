"""Two emulators that run beside each other end with the command that started them, however that ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from stand_ins import emulated

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "basic_motions.keras"
BOARDS = ("mega2560", "uno")
PATIENCE = 120.0
WITHOUT_KERAS = "import sys; sys.modules['keras'] = None; from gatesmith.cli import main; sys.exit(main())"
"""Gatesmith's own reference judges: to load Keras would take most of the time."""


def runners(folder: Path) -> int:
    """How many emulators run whose programs are in a folder."""
    count = 0
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            program = line.read_bytes().partition(b"\0")[0]
            count += program.startswith(str(folder).encode()) and program.endswith(b"/runner")
    return count


def until(count: int, folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if runners(folder) == count:
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(number: signal.Signals, tmp_path: Path) -> None:
    words = [word for name in BOARDS for word in ("--target", emulated(name).name)]
    command = [sys.executable, "-c", WITHOUT_KERAS, "validate", str(EXAMPLE), *words]
    cache = tmp_path.parent / "answers"  # of this machine; no emulator gets to answer
    environment = {**os.environ, "TMPDIR": str(tmp_path), "GATESMITH_CACHE": str(cache)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        try:
            assert until(len(BOARDS), tmp_path, PATIENCE), "the emulators did not start"
            running.send_signal(number)
            code = running.wait(20)
        finally:
            running.kill()
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert until(0, tmp_path, 5.0), "an emulator outlived its command"
