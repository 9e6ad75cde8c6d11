"""Measures: figures with their scope and their source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Measure(NamedTuple):
    """A figure.

    Args:
        value: None if unknown; ``kind`` then gives the reason.
        per: ``step``, ``call`` or ``run``; empty if it belongs to none.
        kind: its source, such as a tool.
    """

    value: float | None
    per: str = ""
    kind: str = ""


def flat(measures: Mapping[str, Any]) -> dict[str, Any]:
    """Facts in the form of reports: ``NAME``, ``NAME_per`` and ``NAME_kind`` for a measure; other values are
    unchanged."""
    facts: dict[str, Any] = {}
    for name, one in measures.items():
        if isinstance(one, Measure):
            facts[name] = one.value
            facts |= {f"{name}_{key}": getattr(one, key) for key in ("per", "kind") if getattr(one, key)}
        else:
            facts[name] = one
    return facts


def measure_of(facts: Mapping[str, Any], name: str) -> Measure:
    """The measure ``name`` from a report's facts."""
    return Measure(facts.get(name), facts.get(f"{name}_per") or "", facts.get(f"{name}_kind") or "")
