"""Transports to a device. A transport moves bytes and has no notion of frames."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import threading
import time
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Protocol, Self, runtime_checkable

from ...core.errors import DeviceError
from .lifetime import bound

STDERR_LINES = 15
GRACE_SECONDS = 2.0
WRITE_SECONDS = 30.0
"""Seconds that a write may be blocked because the other end does not read."""
NOT_ALLOWED = ("set TMPDIR to a folder whose programs may run",)
"""The remedy for a program that may not be started."""
CHUNK = 1 << 16
EARLY = 1 << 24
"""Bytes that a program may send while it is being sent input."""
LINE = 500
"""Bytes per stored line of standard error; a longer line is split."""


_running: weakref.WeakSet[ProcessTransport] = weakref.WeakSet()


def end_all() -> None:
    """End every program that a transport of this process still holds; readers then get an error."""
    for each in list(_running):
        each.kill()


class Transport(Protocol):
    """The interface that the link needs from a wire."""

    @property
    def name(self) -> str:
        """The device's name for people: a port, a program."""

    def write(self, data: bytes) -> None:
        """Send all bytes, or raise DeviceError."""

    def read(self, timeout: float) -> bytes:
        """Return what has arrived, waiting up to ``timeout`` seconds for the first byte; empty if none came.

        Raises:
            DeviceError: the device is gone.
        """

    def close(self) -> None:
        """Release everything; may be called twice."""


@runtime_checkable
class Scheduled(Protocol):
    """A transport whose other end shares this machine's processors."""

    def cpu_wait(self) -> float:
        """Seconds since its start in which it was ready to run but had no CPU; 0 if the system does not report it."""


class Closing:
    """A context manager that closes itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None: ...


class ProcessTransport(Closing):
    """A program that speaks the link on its standard input and output.

    It runs in its own process group. The whole group is ended when the context is left, even by an error. If this
    process is killed, the system ends the program (``lifetime``).

    Args:
        command: program and arguments.
        env: variables added to this process's own.

    Raises:
        DeviceError: the program cannot be started.
    """

    def __init__(self, command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> None:
        self._command = [str(part) for part in command]
        self._early = bytearray()
        self._errors: deque[str] = deque(maxlen=STDERR_LINES)
        self._closed = False
        self._process = self._started(env)
        assert self._process.stdin and self._process.stdout and self._process.stderr
        self._stdin, self._stdout = self._process.stdin, self._process.stdout
        os.set_blocking(self._stdin.fileno(), False)
        os.set_blocking(self._stdout.fileno(), False)
        self._readable = selectors.DefaultSelector()
        self._readable.register(self._stdout, selectors.EVENT_READ)
        self._both = selectors.DefaultSelector()
        self._both.register(self._stdout, selectors.EVENT_READ)
        self._both.register(self._stdin, selectors.EVENT_WRITE)
        self._stderr_thread = threading.Thread(target=self._collect, args=(self._process.stderr,), daemon=True)
        self._stderr_thread.start()
        _running.add(self)

    def _started(self, env: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                bound(self._command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
                env={**os.environ, **env} if env else None,
                start_new_session=True,
            )
        except OSError as error:
            raise DeviceError(
                f"the program cannot be started: {error.strerror or error}",
                where=" ".join(self._command),
                fix=(
                    "build it again, or check that the emulator named there is installed",
                    *NOT_ALLOWED * isinstance(error, PermissionError),
                ),
            ) from error

    @property
    def name(self) -> str:
        return Path(self._command[0]).name

    @property
    def pid(self) -> int:
        """The id of the process and of its group."""
        return self._process.pid

    def cpu_wait(self) -> float:
        """The wait of the thread that waited longest; Linux's ``/proc/PID/task/TID/schedstat`` has nanoseconds."""
        waits = [0]
        for place in Path(f"/proc/{self.pid}/task").glob("*/schedstat"):
            with contextlib.suppress(OSError, ValueError, IndexError):
                waits.append(int(place.read_text("ascii").split()[1]))
        return max(waits) / 1e9

    def stderr_tail(self) -> str:
        """The last lines that the program wrote to its standard error."""
        return "\n".join(self._errors)

    def write(self, data: bytes) -> None:
        if self._stdin.closed:
            raise DeviceError("the program's input is closed already", where=self.name)
        view = memoryview(data)
        deadline = time.monotonic() + WRITE_SECONDS
        while view:
            try:
                view = view[os.write(self._stdin.fileno(), view[:CHUNK]) :]
                continue
            except BlockingIOError:
                pass
            except OSError as error:
                raise self._gone() from error
            # The program may itself be blocked by a full pipe: read its output while it does not read ours.
            for key, _ in self._both.select(max(0.0, deadline - time.monotonic())):
                if key.fileobj is self._stdout:
                    self._early += self._take()
            if len(self._early) > EARLY:
                raise DeviceError(
                    f"the program talks and does not listen: {len(self._early):,} bytes that nobody asked for",
                    where=self.name,
                    why=self.stderr_tail(),
                )
            if time.monotonic() >= deadline:
                raise DeviceError(
                    f"the program has taken no input for {WRITE_SECONDS:g} s",
                    where=self.name,
                    why=self.stderr_tail(),
                )

    def read(self, timeout: float) -> bytes:
        if self._early:
            data = bytes(self._early)
            self._early.clear()
            return data
        return self._take() if self._readable.select(max(0.0, timeout)) else b""

    def wait(self, timeout: float) -> int | None:
        """Close the program's input and give it ``timeout`` seconds to end by itself; its exit status, or None."""
        with contextlib.suppress(OSError):
            self._stdin.close()
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            status = self._process.poll()
            if status is not None:
                return status
            with contextlib.suppress(BlockingIOError, OSError, ValueError):
                os.read(self._stdout.fileno(), CHUNK)
            time.sleep(0.005)
        return None

    def kill(self) -> None:
        """End the program at once; readers then get an error, and close."""
        if not self._closed and self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        try:
            self._end(signal.SIGTERM)
        finally:
            self._end(signal.SIGKILL)
            self._readable.close()
            self._both.close()
            for stream in (self._stdin, self._stdout):
                with contextlib.suppress(OSError):
                    stream.close()
            self._stderr_thread.join(GRACE_SECONDS)

    def _end(self, number: signal.Signals) -> None:
        """Signal the group, which may outlive its leader, and wait for the leader."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)

    def _take(self) -> bytes:
        try:
            data = os.read(self._stdout.fileno(), CHUNK)
        except BlockingIOError:
            return b""
        if not data:
            raise self._gone()
        return data

    def _collect(self, stream: IO[bytes]) -> None:
        with stream:
            while line := stream.readline(LINE):
                self._errors.append(line.decode("utf-8", "replace").rstrip())

    def _gone(self) -> DeviceError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE_SECONDS)
        self._stderr_thread.join(0.5)
        status = self._process.poll()
        if status is None:
            how = "closed its output"
        elif status < 0:
            how = f"was ended by {_signal_name(-status)}"
        else:
            how = f"ended with exit status {status}"
        tail = self.stderr_tail()
        return DeviceError(
            f"the program {how} before the work was done",
            where=" ".join(self._command),
            why=f"its last words:\n{tail}" if tail else "it wrote nothing to standard error",
            fix="run the command by hand to see it fail; a crash in generated code is a bug in Gatesmith",
        )


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
