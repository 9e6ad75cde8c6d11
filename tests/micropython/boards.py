"""Emulated boards that are switched on and left alone, to be driven over their serial lines as real ones are."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gatesmith.run.link.transport import ProcessTransport
from gatesmith.run.repl import micropython as device

SECONDS = 120


def there(name: str) -> device.StandIn:
    """The stand-in; skips where something is missing."""
    found = device.stand_ins()[name]
    if missing := found.missing() or ", ".join(device.lacking()):
        pytest.skip(f"{name}: {missing} is missing")
    return found


@contextmanager
def switched_on(name: str, over: str = "pty") -> Iterator[str]:
    """The port of a board: a pseudo-terminal, or (``socket``) TCP on this machine."""
    words = there(name).words()
    if over == "socket":
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            number = free.getsockname()[1]
        words[words.index("pty")] = f"tcp:127.0.0.1:{number},server=on,wait=off"
        words = ["sh", "-c", 'echo ready; exec "$@"', "sh", *words]
    process = ProcessTransport(words)
    try:
        said = process.read(10.0)
        if over == "socket":
            yield f"socket://127.0.0.1:{number}"
        else:
            found = re.search(rb"/dev/pts/\d+", said)
            assert found, said
            yield found[0].decode()
    finally:
        process.close()


def mpremote(port: str, *words: str) -> str:
    """What the command of this name prints."""
    command = [sys.executable, "-m", "mpremote", "connect", port, *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def asleep(pid: int, looks: int = 40) -> float:
    """The share of looks at a program at which no thread of it wanted a processor."""
    quiet = 0
    for _ in range(looks):
        time.sleep(0.01)
        threads = Path(f"/proc/{pid}/task").glob("*/stat")
        states = [thread.read_text("ascii").rpartition(")")[2].split()[0] for thread in threads]
        quiet += "R" not in states
    return quiet / looks
