"""Measures: figures with what they are of and how they are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Measure(NamedTuple):
    """A figure.

    Args:
        value: None if it is not known; ``kind`` then says why.
        per: ``step``, ``call`` or ``run``; empty of what belongs to none.
        kind: how it is known.
    """

    value: float | None
    per: str = ""
    kind: str = ""


def flat(measures: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as reports have them: ``NAME``, ``NAME_per`` and ``NAME_kind`` of a measure, others as they are."""
    facts: dict[str, Any] = {}
    for name, one in measures.items():
        if isinstance(one, Measure):
            facts[name] = one.value
            facts |= {f"{name}_{key}": getattr(one, key) for key in ("per", "kind") if getattr(one, key)}
        else:
            facts[name] = one
    return facts


def measured(facts: Mapping[str, Any], name: str) -> Measure:
    """The measure of that name in a report's facts."""
    return Measure(facts.get(name), facts.get(f"{name}_per") or "", facts.get(f"{name}_kind") or "")
