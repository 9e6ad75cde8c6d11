"""Two emulators that run beside each other end with the command that started them, however that ends."""

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


def runners(folder: Path) -> list[int]:
    """Process ids of the emulators whose programs are in a folder."""
    pids = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].startswith(str(folder).encode()) and words[0].endswith(b"/runner"):
                pids.append(int(entry.name))
    return pids


def until(wanted: bool, folder: Path, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (len(runners(folder)) == len(BOARDS)) if wanted else not runners(folder):
            return True
        time.sleep(0.1)
    return False


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes through /proc")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_running(number: signal.Signals, tmp_path: Path) -> None:
    for name in BOARDS:
        emulated(name)
    words = [word for name in BOARDS for word in ("--target", name)]
    command = [sys.executable, "-m", "gatesmith", "validate", str(EXAMPLE), *words]
    cache = tmp_path.parent / "answers"  # of Keras and this machine; no emulator gets to answer
    environment = {**os.environ, "TMPDIR": str(tmp_path), "GATESMITH_CACHE": str(cache)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as running:
        try:
            assert until(True, tmp_path, PATIENCE), "the emulators did not start"
            running.send_signal(number)
            code = running.wait(20)
        finally:
            running.kill()
    assert code == {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -9}[number]
    assert until(False, tmp_path, 5.0), "an emulator outlived its command"
