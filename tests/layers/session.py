"""A session's cache: of models that a Keras has built, saved and run, for which its other processes and other files of
tests ask too, and of what else a test asks for once."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from gatesmith.run.toolchain.cache import alone

T = TypeVar("T")
FOLDER = "GATESMITH_TESTS_KEEP"
"""The environment's name of the folder; ``conftest`` sets it."""


def once(name: str, make: Callable[[], T]) -> T:
    """What a function makes, made by the first process of the session that asks; others that ask meanwhile wait. Where
    there is no session of tests, nothing is kept.

    Args:
        name: of it, and of all that it follows from, where that may differ within a session.
        make: gives what can be pickled.
    """
    if FOLDER not in os.environ:
        return make()
    with alone(Path(os.environ[FOLDER]) / name) as folder:
        file = folder / "kept"
        if not file.exists():
            (folder / "fresh").write_bytes(pickle.dumps(make()))
            (folder / "fresh").replace(file)
        value: T = pickle.loads(file.read_bytes())
    return value
