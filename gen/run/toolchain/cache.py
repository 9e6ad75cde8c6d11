"""The cache of slow results: ``$XDG_CACHE_HOME/gatesmith``, or ``~/.cache/gatesmith``."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ...files.store import Store

ANSWERS = "GATESMITH_CACHE"


def folder() -> Path:
    """The folder; it may not exist yet, and may be removed at any time."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "gatesmith"


def answers() -> Store:
    """Answers of compilers, emulators and boards: in ``$GATESMITH_CACHE``, else in ``measured`` here."""
    path = os.environ.get(ANSWERS, "")
    return Store(Path(path) if path else folder() / "measured")


def stamp(tool: str) -> str:
    """The current state of a program or a file, for the key of an answer that depends on it."""
    path = shutil.which(tool) or tool
    try:
        state = Path(path).stat()
    except OSError:
        return tool
    return f"{tool} {state.st_size} {state.st_mtime_ns}"


def npm_folder(package: str) -> Path:
    """The folder for ``npm install --prefix`` of a package, ``name@version``; ``.ci/toolchains`` runs it."""
    return folder() / "npm" / package.replace("@", "-")


def npm_module(package: str) -> Path:
    """The folder of the package's files."""
    return npm_folder(package) / "node_modules" / package.rpartition("@")[0]


@contextmanager
def alone(place: Path) -> Iterator[Path]:
    """A folder of the cache, created if missing, for one process at a time; others wait."""
    place.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
