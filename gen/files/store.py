"""A cache on disk of results that are slow to compute, by key; damaged entries count as missing.

The folder may be removed at any time. Files are read as plain data, and never run.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..version import __version__

ROOM = 512 << 20
"""Most bytes of all entries together; the oldest are removed first."""
FACTS = "facts"


class Store:
    """A folder of cached results.

    Args:
        folder: created with the first entry.
        room: most bytes of all entries together.
    """

    def __init__(self, folder: Path, room: int = ROOM) -> None:
        self.folder = folder
        self.room = room

    def get(self, key: str) -> tuple[list[NDArray[Any]], dict[str, Any]] | None:
        """Arrays and facts of an entry; None if it is missing or damaged."""
        path = self._path(key)
        try:
            with np.load(path, allow_pickle=False) as data:
                facts = json.loads(data[FACTS].tobytes())
                arrays = [data[f"array_{index}"] for index in range(len(data.files) - 1)]
            facts.pop("key")
        except FileNotFoundError:
            return None
        except Exception:  # NumPy, zipfile, zlib and json each raise their own kinds for damaged files
            with contextlib.suppress(OSError):
                path.unlink()
            return None
        with contextlib.suppress(OSError):
            os.utime(path)
        return arrays, facts

    def put(self, key: str, arrays: Sequence[NDArray[Any]], facts: Mapping[str, Any]) -> None:
        """Add an entry; silently does nothing if it cannot be written."""
        members: dict[str, Any] = {f"array_{index}": array for index, array in enumerate(arrays)}
        members[FACTS] = np.frombuffer(json.dumps({**facts, "key": key}).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **members)
        with contextlib.suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.folder, prefix="new-")
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(buffer.getvalue())
                Path(name).replace(self._path(key))
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise
            self._prune()

    def _path(self, key: str) -> Path:
        """The path of this release's entry: another release may compute the same key in another way."""
        return self.folder / f"{hashlib.sha256(f'{__version__} {key}'.encode()).hexdigest()[:40]}.npz"

    def _prune(self) -> None:
        entries = []
        for path in self.folder.iterdir():
            with contextlib.suppress(OSError):
                state = path.stat()
                entries.append((state.st_mtime, state.st_size, path))
        total = sum(size for _, size, _ in entries)
        for _, size, path in sorted(entries):
            if total <= self.room:
                break
            with contextlib.suppress(OSError):
                path.unlink()
            total -= size


def digest(arrays: Sequence[NDArray[Any]]) -> str:
    """SHA-256 of the shapes, types and bytes of arrays."""
    sha256 = hashlib.sha256()
    for array in arrays:
        sha256.update(f"{array.dtype.str}{array.shape}".encode())
        sha256.update(np.ascontiguousarray(array).tobytes())
    return sha256.hexdigest()
