"""Values of JSON, lists and dictionaries of each other, with some parts of them replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SAME = object()
"""What a function gives for a part that stays, of which the parts inside are looked at."""


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value, with what ``change`` gives for its parts, the outermost first."""
    changed = change(value)
    if changed is not SAME:
        return changed
    if isinstance(value, list):
        return [rebuilt(item, change) for item in value]
    if isinstance(value, Mapping):
        return {key: rebuilt(item, change) for key, item in value.items()}
    return value
