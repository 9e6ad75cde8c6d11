"""Values of JSON, nested lists and dictionaries, with some of their parts replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SAME = object()
"""A function's result for a part that stays; the parts inside it are visited next."""


def rebuilt(value: Any, change: Callable[[Any], Any]) -> Any:
    """The value with its parts replaced by ``change``, the outermost first."""
    changed = change(value)
    if changed is not SAME:
        return changed
    if isinstance(value, list):
        return [rebuilt(item, change) for item in value]
    if isinstance(value, Mapping):
        return {key: rebuilt(item, change) for key, item in value.items()}
    return value
