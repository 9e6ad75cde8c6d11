"""Reading a file's bytes, once, with a bound."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO

from ....core.errors import ModelError, UsageError
from ....files.single import meant_file
from ._wire import MAX_FILE_BYTES, MIB, quote


def read_bytes(path: str | Path, *, limit: int = MAX_FILE_BYTES, follow: bool = True) -> bytes:
    """The whole file.

    Args:
        path: the file, as the user named it.
        limit: largest size in bytes; a larger file is refused.
        follow: whether the file may be a symbolic link; a file inside a SavedModel folder may not.

    Raises:
        UsageError: it does not exist or may not be read.
        ModelError: it is no regular file, or too large.
    """
    where = str(path)
    extra = getattr(os, "O_NONBLOCK", 0) | (0 if follow else getattr(os, "O_NOFOLLOW", 0))
    try:
        # O_NONBLOCK: a named pipe would block an ordinary open until somebody writes to it.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | extra)) as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ModelError("this is not a regular file", where=where)
            data = b"" if status.st_size > limit else _upto(file, limit)
            if data is None or status.st_size > limit:
                raise ModelError(
                    f"this file is larger than {limit // MIB} MiB", where=where, why="no microcontroller holds it"
                )
            return data
    except FileNotFoundError:
        raise UsageError("there is no such file", where=where, fix=meant_file(Path(path))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"the file cannot be opened: {reason}", where=quote(where, 200), fix="name a file that you may read"
        ) from None


def _upto(file: IO[bytes], limit: int) -> bytes | None:
    """The bytes of a file, whatever size it reports; None if there are more than the limit."""
    parts, size = [], 0
    while part := file.read(MIB):
        size += len(part)
        if size > limit:
            return None
        parts.append(part)
    return b"".join(parts)
