"""Unique names."""

from __future__ import annotations


def distinct(name: str, used: dict[str, int]) -> str:
    """The name; if it is used already, with the next number appended: ``lstm_2``.

    Args:
        used: how often each name was requested; the new one is added.
    """
    base = name
    while name in used:
        used[base] += 1
        name = f"{base}_{used[base]}"
    used[name] = 1
    return name
