"""A session's cache of models that a Keras has built, saved and run: its other processes, and other files of tests, ask
for the same ones. Gatesmith's results are never cached, unless a test asks for that by ``once``."""

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
    """The path of a ``lab.Subject`` in the session's cache; None outside a session of tests."""
    folder = os.environ.get(FOLDER)
    if not folder:
        return None
    build = getattr(subject.build, "__qualname__", None) or repr(subject.build)
    parts = (subject.id, subject.package, subject.feeds, subject.marker, subject.suffix, subject.quantize, build)
    return Path(folder) / hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def store(known: Path, path: Path, inputs: Any, wanted: Any) -> None:
    """Store a model's file, its inputs and its Keras's answers; completely or not at all."""
    fresh = known.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(pickle.dumps((inputs, wanted, path.read_bytes())))
    fresh.replace(known)


def load(known: Path, path: Path) -> tuple[Any, Any]:
    """A model's inputs and outputs; its file is written to ``path``."""
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
        file = folder / "kept"
        if not file.exists():
            (folder / "fresh").write_bytes(pickle.dumps(make()))
            (folder / "fresh").replace(file)
        value: T = pickle.loads(file.read_bytes())
    return value
