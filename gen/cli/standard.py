"""The three standard streams of a process, also if they are closed or their disk is full."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import IO, Any


class Forgiving(io.FileIO):
    """A file whose writes never fail: remarks on stderr must not end a command."""

    def write(self, data: Any) -> int:
        """Write the data, or ignore the error."""
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


class Remembering(io.FileIO):
    """A file that remembers why it could not be written."""

    why = ""

    def write(self, data: Any) -> int:
        """Write the data, and remember an error."""
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            self.why = error.strerror or str(error)
            raise


def open_streams() -> None:
    """Open all three streams, so that no later file gets the number of one. Writing results to a closed stdout still
    fails, as it must."""
    for number, flags in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, flags)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
    if sys.stdin is None:
        sys.stdin = os.fdopen(0, "r", closefd=False)
    sys.stdout = _text(sys.stdout, Remembering(1, "w", closefd=False), "strict")
    sys.stderr = _text(sys.stderr, Forgiving(2, "w", closefd=False), "backslashreplace")


def _text(before: IO[str] | None, raw: io.FileIO, errors: str) -> IO[str]:
    """A stream over a file, with the encoding and buffering of the former one."""
    encoding, handling = getattr(before, "encoding", None) or "utf-8", getattr(before, "errors", None) or errors
    lines = bool(getattr(before, "line_buffering", True))
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=handling, line_buffering=lines)


def silence() -> None:
    """Discard all further output to stdout, including that at the end of the process."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def failing() -> str:
    """The reason why stdout could not be written; empty if it could."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.why if isinstance(raw, Remembering) else ""
