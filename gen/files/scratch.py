"""Temporary folders with unguessable names, removed after use; those of killed runs are removed later."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..core.errors import MachineError

PREFIX = "gatesmith-run-"
ATTEMPTS = 8


@contextmanager
def scratch(parent: Path | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """A new empty folder that only this user can enter, locked while it is in use, and removed afterwards.

    Args:
        parent: the folder around it; None: the system's folder for temporary files.
        prefix: prefix of its name; folders with this prefix that a killed run left in ``parent`` are removed first.

    Raises:
        OSError: it cannot be created in ``parent``.
        MachineError: it cannot be created in the system's folder.
    """
    try:
        place, lock = _locked(Path(tempfile.gettempdir()) if parent is None else parent, prefix)
    except OSError as error:
        if parent is not None:
            raise
        problem = f"no folder for temporary files can be made: {error.strerror or error}"
        raise MachineError(problem, fix="set TMPDIR to a folder with room that is yours to write") from error
    try:
        yield place
    finally:
        _remove(place, lock)


def clean(parent: Path, prefix: str = PREFIX) -> None:
    """Remove this user's folders with a prefix that no process has locked: their run was killed."""
    for place in parent.glob(f"{prefix}{'[a-z0-9_]' * 8}"):
        lock = _lock(place)
        if lock is not None:
            _remove(place, lock)


def _remove(place: Path, lock: int) -> None:
    """Remove a folder as far as possible; the next run removes the rest."""
    with suppress(OSError):  # raised in spite of ignore_errors, if closing a folder fails
        shutil.rmtree(place, ignore_errors=True)
    with suppress(OSError):
        os.close(lock)


def _locked(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and its lock. If another run removes the folder before it is locked, a further one is created."""
    clean(parent, prefix)
    for _ in range(ATTEMPTS):
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = _lock(place)
        if lock is not None and place.is_dir():
            return place, lock
        if lock is not None:
            os.close(lock)
    raise FileNotFoundError(2, f"folders made in {parent} are removed by others")


def _lock(place: Path) -> int | None:
    """The lock of a folder, until it is closed; None if the folder is locked, missing, a link, or another user's."""
    try:
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        if os.fstat(folder).st_uid == os.geteuid():
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return folder
    except OSError:
        pass
    os.close(folder)
    return None
