"""The three streams that every process begins with, also where somebody has closed them or their disk is full."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import IO, Any


class Forgiving(io.FileIO):
    """A file whose writes never fail: what is said beside the results must not end a command."""

    def write(self, data: Any) -> int:
        """All of it was written, or nobody wants it."""
        try:
            return super().write(data) or 0
        except OSError:
            return memoryview(data).nbytes


class Remembering(io.FileIO):
    """A file that knows why it could not be written."""

    why = ""

    def write(self, data: Any) -> int:
        """As any file's."""
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            self.why = error.strerror or str(error)
            raise


def settle() -> None:
    """Have all three open: no file that is opened later takes the number of one. Results for a closed stdout still
    fail, as they must."""
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
    """A stream over a file, as Python had made it."""
    encoding, handling = getattr(before, "encoding", None) or "utf-8", getattr(before, "errors", None) or errors
    lines = bool(getattr(before, "line_buffering", True))
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors=handling, line_buffering=lines)


def silence() -> None:
    """Nothing more is written to stdout, by the end of the process neither."""
    with suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def failing() -> str:
    """Why stdout could not be written; nothing if it could."""
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw.why if isinstance(raw, Remembering) else ""
