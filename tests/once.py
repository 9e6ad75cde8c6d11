"""What is slow to make, made once for all processes of a session of tests."""

from __future__ import annotations

import fcntl
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from layers.kept import FOLDER

T = TypeVar("T")


def once(name: str, make: Callable[[], T]) -> T:
    """What a function gives, as plain data, from the process that asks first; others wait for it meanwhile.

    Args:
        name: of a file, for this session.
    """
    known = Path(os.environ[FOLDER], f"{name}.once")
    with known.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not known.is_file():
            made = make()
            fresh = known.with_suffix(".new")
            fresh.write_bytes(pickle.dumps(made))
            fresh.replace(known)
    found: T = pickle.loads(known.read_bytes())
    return found
