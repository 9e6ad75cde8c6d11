"""Arrays in a file that the user named."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .single import write_file


def write_npz(path: Path, arrays: Mapping[str, Any]) -> None:
    """Write arrays under exactly this name; errors are those of :func:`write_file`."""
    memory = io.BytesIO()
    np.savez(memory, **arrays)
    write_file(path, memory.getvalue())
