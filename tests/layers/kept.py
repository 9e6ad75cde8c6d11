"""Models that a Keras has built, saved and run, kept for a session: its other processes, and other files of tests, ask
for the same ones. What Gatesmith makes of them is never kept, but what a test has made by ``once``."""

import hashlib
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from gatesmith.run.toolchain.cache import alone

T = TypeVar("T")
FOLDER = "GATESMITH_TESTS_KEEP"
"""The environment's name of the folder; ``conftest`` sets it."""


def place(subject: Any) -> Path | None:
    """Where a ``lab.Subject`` is, or is to be; None outside a session of tests."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return None
    build = getattr(subject.build, "__qualname__", None) or repr(subject.build)
    parts = (subject.id, subject.package, subject.feeds, subject.marker, subject.suffix, subject.quantize, build)
    return Path(folder) / hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def keep(known: Path, path: Path, inputs: Any, wanted: Any) -> None:
    """A model's file, what it was fed, and what its Keras answered; whole or not at all."""
    fresh = known.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(pickle.dumps((inputs, wanted, path.read_bytes())))
    fresh.replace(known)


def found(known: Path, path: Path) -> tuple[Any, Any]:
    """Its inputs and outputs, the file written to a path."""
    inputs, wanted, content = pickle.loads(known.read_bytes())
    path.write_bytes(content)
    return inputs, wanted


def once(name: str, make: Callable[[], T], within: Path | None = None) -> T:
    """What a function makes, made by the first process of the session that asks; others that ask meanwhile wait.

    Args:
        name: of it, and of all that it follows from, where that may differ within a session.
        make: gives what can be pickled.
        within: the folder that keeps it, if not the session's.
    """
    with alone((within or Path(os.environ[FOLDER])) / name) as folder:
        kept = folder / "kept"
        if not kept.exists():
            (folder / "fresh").write_bytes(pickle.dumps(make()))
            (folder / "fresh").replace(kept)
        found: T = pickle.loads(kept.read_bytes())
    return found
