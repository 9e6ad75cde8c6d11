"""Where what is slow to make is kept between runs: ``$XDG_CACHE_HOME/gatesmith``, or ``~/.cache/gatesmith``."""

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
    """The folder, which may not exist yet; it may be removed at any time."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "gatesmith"


def answers() -> Store:
    """What compilers, emulators and boards have answered: in ``$GATESMITH_CACHE``, else in ``measured`` here."""
    named = os.environ.get(ANSWERS, "")
    return Store(Path(named) if named else folder() / "measured")


def stamp(tool: str) -> str:
    """A program or a file as it is now, for the key of an answer that follows from it."""
    path = shutil.which(tool) or tool
    try:
        state = Path(path).stat()
    except OSError:
        return tool
    return f"{tool} {state.st_size} {state.st_mtime_ns}"


def npm_folder(package: str) -> Path:
    """Where ``npm install --prefix`` has put a package, ``name@version``; ``.ci/toolchains`` does it."""
    return folder() / "npm" / package.replace("@", "-")


def npm_module(package: str) -> Path:
    """The folder of its files."""
    return npm_folder(package) / "node_modules" / package.rpartition("@")[0]


@contextmanager
def alone(place: Path) -> Iterator[Path]:
    """A folder of the cache, made if missing, for one process at a time: others wait."""
    place.mkdir(parents=True, exist_ok=True)
    with place.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield place
