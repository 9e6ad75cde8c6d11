"""Values that a shell completes: targets, numeric types, formats, schemas."""

from __future__ import annotations


def targets(incomplete: str) -> list[str]:
    """Names of targets."""
    from ..boards import target

    return [name for name in target.names() if name.startswith(incomplete)]


def many_targets(incomplete: str) -> list[str]:
    """The same, for commands that take all of them too."""
    return [*targets(incomplete), *(["all-emulated"] if "all-emulated".startswith(incomplete) else [])]


def numerics(incomplete: str) -> list[str]:
    """Names of numeric types."""
    from ..numerics import NUMERICS

    return [name for name in NUMERICS if name.startswith(incomplete)]


def formats(incomplete: str) -> list[str]:
    """What can surround generated code."""
    from ..flow.generate import FORMATS

    return [name for name in FORMATS if name.startswith(incomplete)]


def schemas(incomplete: str) -> list[str]:
    """Names of reports."""
    from ..flow.schemas import schemas as known

    return [name for name in known() if name.startswith(incomplete)]
