"""Folders for work in progress: their names cannot be guessed, they go away, and those of killed runs are cleaned."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import MachineError

PREFIX = "gatesmith-run-"
ATTEMPTS = 8


@contextmanager
def scratch(parent: Path | None = None, prefix: str = PREFIX) -> Iterator[Path]:
    """A new empty folder that only this user can enter, locked as long as it is in use, and removed afterwards.

    Whatever was left beside it by a run that was killed is removed first: nobody holds its lock.

    Args:
        parent: where; the system's folder for temporary files if None.
        prefix: of its name; what follows cannot be guessed.

    Raises:
        OSError: it cannot be made in ``parent``.
        MachineError: nor where temporary files go.
    """
    try:
        within = Path(tempfile.gettempdir()) if parent is None else parent
        clean(within, prefix)
        place, lock = _locked(within, prefix)
    except OSError as error:
        if parent is not None:
            raise
        what = f"no folder for temporary files can be made: {error.strerror or error}"
        raise MachineError(what, fix="set TMPDIR to a folder with room that is yours to write") from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)
        os.close(lock)


def clean(parent: Path, prefix: str = PREFIX) -> None:
    """Remove this user's folders of that prefix that nobody holds: their run was killed."""
    ours = re.compile(rf"{re.escape(prefix)}[a-z0-9_]{{8}}").fullmatch
    try:
        found = [Path(item.path) for item in os.scandir(parent) if ours(item.name) and _own(item)]
    except OSError:
        return
    for place in found:
        lock = _lock(place)
        if lock is not None:
            shutil.rmtree(place, ignore_errors=True)
            os.close(lock)


def _own(item: os.DirEntry[str]) -> bool:
    try:
        return item.is_dir(follow_symlinks=False) and item.stat(follow_symlinks=False).st_uid == os.geteuid()
    except OSError:
        return False


def _locked(parent: Path, prefix: str) -> tuple[Path, int]:
    """A new folder and its lock: another run that cleans may come between the two, and then it is another folder."""
    for _ in range(ATTEMPTS):
        place = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = _lock(place)
        if lock is not None and place.is_dir():
            return place, lock
        if lock is not None:
            os.close(lock)
    raise FileNotFoundError(2, f"folders made in {parent} are removed by others")


def _lock(place: Path) -> int | None:
    """The folder's lock, held until it is closed; None if somebody has it, or the folder is gone or a link."""
    try:
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(folder)
        return None
    return folder
