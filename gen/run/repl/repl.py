"""A MicroPython that runs code sent to it: over a serial line, as a board, or as a process of this machine."""

from __future__ import annotations

import contextlib
import io
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

from ...core.errors import DeviceError
from ..link.serial_line import SerialTransport
from ..link.transport import ProcessTransport

START_SECONDS = 15.0
READ_SECONDS = 8.0
"""Seconds until a read of the line gives up, so that longer time limits are checked; otherwise a read never ends. An
emulated board on a busy machine has been silent for more than 3 s while it received a long line."""
ERROR_LINES = 6
SAID = 80
SERVER = """\
import sys
names = {}
while True:
    size = sys.stdin.readline()
    if not size:
        break
    try:
        exec(sys.stdin.read(int(size)), names)
        sys.stdout.write("\\x04\\x04")
    except BaseException as error:
        sys.stdout.write("\\x04")
        sys.print_exception(error, sys.stdout)
        sys.stdout.write("\\x04")
"""
"""A server for a MicroPython without a raw REPL on a pipe. It answers like the raw REPL: output and error, each ended
by Ctrl-D."""


class Repl(Protocol):
    """A session that runs code and returns its output."""

    name: str

    def exec(self, code: str, timeout: float) -> bytes:
        """Run code in the session's namespace and return its output.

        Raises:
            DeviceError: the code raised an exception, the time is over, or the device is gone.
        """

    def close(self) -> None:
        """End the session and the processes started for it."""


class ProcessRepl:
    """The unix port, driven over a pipe.

    Args:
        command: the interpreter and its options.
        serves: whether it answers by itself; otherwise it runs ``SERVER``.

    Raises:
        DeviceError: the interpreter cannot be started.
    """

    def __init__(self, command: Sequence[str], serves: bool = False) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="gatesmith-")
        server = Path(self._folder.name) / "server.py"
        server.write_text(SERVER, "utf-8")
        self.name = Path(command[0]).name
        self._transport = ProcessTransport(command if serves else [*command, server])

    def exec(self, code: str, timeout: float) -> bytes:
        # The server reads characters: what is sent is ASCII.
        self._transport.write(f"{len(code)}\n{code}".encode("ascii"))
        return read_output(self.name, self._transport.read, timeout)

    def close(self) -> None:
        self._transport.close()
        self._folder.cleanup()


class SerialRepl:
    """A board, or a program that looks like one: the raw REPL on a serial line, by mpremote.

    Args:
        port: the serial line.
        process: the process that serves the line, if any; it ends with the session.

    Raises:
        DeviceError: mpremote is missing, the port does not open, or no MicroPython answers.
    """

    def __init__(self, port: str, process: ProcessTransport | None = None) -> None:
        transport = mpremote("transport")
        serial = mpremote("transport_serial").SerialTransport
        self.name = port
        self._process = process
        self._errors: tuple[type[Exception], ...] = (transport.TransportError, OSError)
        self._timeout_errors = transport.TransportError
        try:
            self._line: Any = serial(port, baudrate=115200, timeout=READ_SECONDS)
        except (*self._errors, ValueError) as error:
            self.close()
            SerialTransport(port).close()  # mpremote gives no reason; this does
            raise self._nobody(error) from error
        self.restart()

    def restart(self) -> None:
        """A soft reset: imported modules are gone, files stay.

        Raises:
            DeviceError: no MicroPython answers.
        """
        output = io.StringIO()
        try:
            with contextlib.redirect_stdout(output):  # mpremote prints unexpected bytes there
                self._line.enter_raw_repl(soft_reset=True, timeout_overall=START_SECONDS)
        except self._errors as error:
            self.close()
            raise self._nobody(error, output.getvalue().strip()) from error

    def _nobody(self, error: BaseException, output: str = "") -> DeviceError:
        return DeviceError(
            f"no MicroPython answers at {self.name}",
            why=str(error) + (f", as what came is {output[-SAID:]}" if output not in ("", "b''") else ""),
            fix=("close what else uses the port (Thonny, a terminal)", "press the board's reset button, try again"),
        )

    def exec(self, code: str, timeout: float) -> bytes:
        port = self._line.serial
        try:
            self._line.exec_raw_no_follow(code)
            if timeout < READ_SECONDS:
                port.timeout = timeout
            # mpremote reads the prompt after the answer. It would read byte by byte, and check the time only after a
            # read that gave up.
            return read_output(self.name, lambda left: port.read(max(1, port.in_waiting - 1)), timeout)
        except self._timeout_errors as problem:
            raise silence_error(self.name, timeout) from problem
        except OSError as problem:
            raise DeviceError("the device is gone", where=self.name, why=str(problem)) from problem
        finally:
            if timeout < READ_SECONDS:
                port.timeout = READ_SECONDS

    def close(self) -> None:
        line = getattr(self, "_line", None)
        if line is not None:
            try:
                line.exit_raw_repl()
                line.close()
            except self._errors:
                pass  # it may be gone already
        if self._process is not None:
            self._process.close()


def start_emulated(command: Sequence[str]) -> SerialRepl:
    """An emulated board with a pseudo-terminal as its serial line; the emulator prints its name.

    Raises:
        DeviceError: the emulator cannot be started, or prints no name in time.
    """
    process = ProcessTransport(command)
    try:
        return SerialRepl(_named_line(process), process)
    except BaseException:
        process.close()
        raise


def _named_line(process: ProcessTransport) -> str:
    text = b""
    deadline = time.monotonic() + START_SECONDS
    while (remaining := deadline - time.monotonic()) > 0:
        text += process.read(remaining)
        if match := re.search(rb"(/dev/pts/\d+)\b.*\n", text):
            return match[1].decode()
    raise DeviceError("the emulator opened no serial line", where=process.name, why=process.stderr_tail())


def mpremote(module: str) -> Any:
    """A module of mpremote.

    Raises:
        DeviceError: mpremote is not installed.
    """
    from importlib import import_module

    try:
        return import_module(f"mpremote.{module}")
    except ImportError as error:
        raise DeviceError(
            "mpremote is not installed", why=str(error), fix="pip install 'gatesmith[micropython]'"
        ) from error


def find(name: str, package: str) -> str:
    """The path of a program.

    Raises:
        DeviceError: the program is not installed.
    """
    path = shutil.which(name)
    if path is None:
        raise DeviceError(f"{name} is not installed", fix=f"on Debian: apt-get install {package}")
    return path


def read_output(name: str, read: Callable[[float], bytes], timeout: float) -> bytes:
    """The code's output, from an answer whose output and error are each ended by Ctrl-D.

    Args:
        read: reads bytes that arrive within a number of seconds.
        timeout: seconds without a byte until it gives up.

    Raises:
        DeviceError: the code raised an exception, or the time is over.
    """
    answer, missing, deadline = bytearray(), 2, time.monotonic() + timeout
    while missing > 0:
        if came := read(max(0.0, deadline - time.monotonic())):
            answer += came
            missing -= came.count(b"\x04")
            deadline = time.monotonic() + timeout
        elif time.monotonic() >= deadline:
            raise silence_error(name, timeout)
    out, error, _ = bytes(answer).split(b"\x04", 2)
    if error:
        raise raised_error(name, error)
    return out


def silence_error(name: str, timeout: float) -> DeviceError:
    return DeviceError(
        f"MicroPython has not answered for {timeout:g} s",
        where=name,
        why="it computes for longer, it has crashed (an emulated board then stands still), or its line is cut",
    )


def raised_error(name: str, error: bytes) -> DeviceError:
    lines = error.decode("utf-8", "replace").strip().splitlines()
    memory = "MemoryError" in lines[-1]
    return DeviceError(
        f"MicroPython raised {lines[-1].strip()}",
        where=name,
        why="\n".join(line.rstrip() for line in lines[-ERROR_LINES:]),
        fix="the board's heap is too small for this model: take .mpy files, or a smaller model" if memory else (),
    )
