"""Single files that the user named: after an interruption, each is the old one or the new one."""

from __future__ import annotations

import errno
import json
import os
import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import UsageError, write_error
from ..core.near import near
from .scratch import scratch

HIDDEN = ".gatesmith-"
"""Prefix of the folders in which files are written before they are moved to their places."""


def write_new(path: Path, data: bytes, mode: int = 0o666) -> None:
    """Write a file that does not exist yet, completely and to the disk."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(file, "wb", buffering=0) as stream:
        remaining = memoryview(data)
        while remaining:
            remaining = remaining[stream.write(remaining) :]
        os.fsync(file)


def sync(folder: Path) -> None:
    """Write the names in a folder to the disk."""
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # the file system cannot sync folders
            raise
    finally:
        os.close(file)


def write_file(path: Path, data: str | bytes) -> None:
    """Write a file that the user named: the old one stays until the new one is complete and on the disk.

    A link is followed, because the user means its target. A device or a pipe is written to directly.

    Args:
        data: bytes, or a text, which is written as UTF-8.

    Raises:
        UsageError, MachineError: the file cannot be written.
    """
    try:
        _replace(path.resolve(), data.encode() if isinstance(data, str) else data)
    except OSError as error:
        raise write_error(f"cannot write {path}", error) from error


def _replace(place: Path, data: bytes) -> None:
    exists = place.exists()
    if exists and not (place.is_file() and os.access(place.parent, os.W_OK)):
        place.write_bytes(data)  # not a regular file, or a file in a folder that the user may not write to
        return
    with scratch(place.parent, HIDDEN) as hidden:
        fresh = hidden / place.name
        write_new(fresh, data)
        if exists:
            fresh.chmod(stat.S_IMODE(place.stat().st_mode))
        fresh.replace(place)
        sync(place.parent)


def write_json(path: Path, facts: Mapping[str, Any]) -> None:
    """Write a report; errors are those of :func:`write_file`."""
    write_file(path, json.dumps(facts, indent=2) + "\n")


def check_writable(*paths: Path | None) -> None:
    """Checks that files can be written to these paths, before their contents are computed.

    Raises:
        UsageError: a path is a folder, or its folder does not exist.
        MachineError: this user may not write one of the files.
    """
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            why = "it is a folder"
        elif not path.parent.is_dir():
            why = f"there is no folder {path.parent}"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            raise write_error(f"cannot write {path}", PermissionError(errno.EACCES, "it is not yours to write"))
        else:
            continue
        raise UsageError(f"cannot write {path}: {why}", fix=f"name a file in a folder of yours: {path.name or 'out'}")


ADDRESS = re.compile(r"[A-Za-z][\w+.-]+:[/\\]")
"""Start of a web address, of whose two slashes a path keeps one; a Windows drive has a single letter."""


def meant_file(path: Path) -> tuple[str, ...]:
    """Advice for a file that does not exist: the most similar names in its folder, and to check the spelling."""
    if ADDRESS.match(str(path)):
        return ("a web address: download the file, then name it here; Gatesmith fetches nothing",)
    try:
        similar = near(path.name, [item.name for item in path.parent.iterdir() if item.exists()])
    except OSError:
        similar = ()
    names = " or ".join(str(path.parent / name) for name in similar)
    return (*([f"did you mean {names}?"] if names else []), "check the spelling and the folder")
