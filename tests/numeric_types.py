"""The numeric types that there are, by what tests ask of them: a new type is tested by existing."""

from collections.abc import Mapping
from typing import TypeVar

from gatesmith.numerics import NUMERICS

T = TypeVar("T")
INTEGERS = tuple(name for name, numeric in NUMERICS.items() if numeric.integer)
FINE = tuple(name for name in INTEGERS if not NUMERICS[name].brief)
"""Integers whose weights have 8 bits or more: what they lose is not decided by their weights alone."""
STEPPED = tuple(name for name, numeric in NUMERICS.items() if not numeric.integer and numeric.weights.bits <= 8)
"""Floats whose weights are steps of a scale."""


def measured(numeric: str, known: Mapping[str, T]) -> T:
    """What is known of a type; of one that was never measured what is known of the best that is no finer, in its values
    and in its weights."""

    def fineness(name: str) -> tuple[int, int]:
        return NUMERICS[name].size, NUMERICS[name].weights.bits

    size, bits = fineness(numeric)
    coarser = [name for name in known if fineness(name)[0] <= size and fineness(name)[1] <= bits]
    return known[max(coarser, key=fineness) if coarser else min(known, key=fineness)]
