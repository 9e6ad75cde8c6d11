"""SavedModel folders."""

from __future__ import annotations

from pathlib import Path

from ..errors import ModelError
from .spec import Archive


def read_folder(path: Path, shown: str) -> Archive:
    """Reads a SavedModel folder.

    Raises:
        ModelError: always, for now.
    """
    raise ModelError("SavedModel folders are not read yet", where=shown, fix='model.save("model.h5")')
