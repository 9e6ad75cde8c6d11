"""The backend for a target: C, or modules for MicroPython."""

from __future__ import annotations

from ..core.errors import UsageError
from .target import Target

C99, MICROPYTHON = "c99", "micropython"
BACKENDS = (C99, MICROPYTHON)


def backend_of(target: Target, wanted: str | None) -> str:
    """The backend for a target.

    Args:
        wanted: ``None`` for the backend in the target's file.

    Raises:
        UsageError: there is no such backend, or it does not support the target.
    """
    backend = wanted or target.backend
    if backend not in BACKENDS:
        raise UsageError(f'there is no backend "{backend}"', fix=f"choose one of: {', '.join(BACKENDS)}")
    if backend == MICROPYTHON and target.micropython is None:
        raise UsageError(f"MicroPython does not run on {target.name} ({target.core})", fix="leave out --backend")
    return backend
