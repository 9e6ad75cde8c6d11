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


def measured(numeric: str, measurements: Mapping[str, T]) -> T:
    """A type's measurement. For a type without one: that of the best type that is no finer, in its values and in its
    weights."""

    def fineness(name: str) -> tuple[int, int]:
        return NUMERICS[name].size, NUMERICS[name].weights.bits

    size, bits = fineness(numeric)
    coarser = [name for name in measurements if fineness(name)[0] <= size and fineness(name)[1] <= bits]
    return measurements[max(coarser, key=fineness) if coarser else min(measurements, key=fineness)]
