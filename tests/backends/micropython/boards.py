"""Emulated boards that are switched on and left alone, to be driven over their serial lines as real ones are."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from lines import STDIO, on_a_socket

from gatesmith.core.errors import DeviceError
from gatesmith.run.link.transport import ProcessTransport
from gatesmith.run.repl import micropython as device
from gatesmith.run.repl.repl import ProcessRepl
from gatesmith.run.repl.session import MicroPythonDevice

SECONDS = 120


def there(name: str) -> device.StandIn:
    """The stand-in; skips where something is missing."""
    stand_in = device.stand_ins()[name]
    if missing := stand_in.missing() or ", ".join(device.missing_tools()):
        pytest.skip(f"{name}: {missing} is missing")
    return stand_in


def unix_port() -> ProcessRepl:
    """Debian's MicroPython; skips where it is missing."""
    try:
        return device.unix()
    except DeviceError as error:
        pytest.skip(f"{error.what} ({error.fix[0]})")


@contextmanager
def switched_on(name: str) -> Iterator[str]:
    """The port of a board, a pseudo-terminal."""
    process = ProcessTransport(there(name).words(there(name).image))
    try:
        banner = process.read(10.0)
        match = re.search(rb"/dev/pts/\d+", banner)
        assert match, banner
        yield match[0].decode()
    finally:
        process.close()


@contextmanager
def on_the_net(name: str) -> Iterator[str]:
    """The port of a board, a socket of this machine."""
    words = list(there(name).words(there(name).image))
    words[words.index("pty")] = "chardev:s0"
    with on_a_socket([*words, "-chardev", STDIO]) as url:
        yield url


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


LOCKED = """
import micropython
_done = False
micropython.heap_lock()
try:
    _call()
    _done = True
except MemoryError:
    pass
micropython.heap_unlock()
print(_done)
"""


def runs_without_heap(device: MicroPythonDevice) -> bool:
    """Whether the last step or run succeeds when it is called again with the heap locked, as in an interrupt."""
    return device.repl.exec(LOCKED, device.run_timeout).strip() == b"True"
