"""Activation functions on int16 values, for gates and layers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from ..core.formats import Array, Format, binary
from ..core.functions import Function
from .fixed import (
    SIGMOID_SOURCE,
    TANH_SOURCE,
    UNIT,
    Int,
    interpolate,
    round_shift,
    saturate,
    short_sigmoid16,
    short_tanh16,
    sigmoid16,
    tanh16,
)

CLIPS = {"linear", "relu", "hard_tanh", "hard_sigmoid"}
"""Functions that are a straight line, clipped at two bounds."""
STRAIGHT = 2.0**-3
"""Largest argument for which tanh is taken as a straight line: its error is half a per cent at the end, and .2 % in the
mean. In units of 2^-12, those of its table, such arguments have at most 9 bits."""
GATES = {"tanh": tanh16, "sigmoid": sigmoid16, "short_tanh": short_tanh16, "short_sigmoid": short_sigmoid16}
"""Functions with a primitive of their own, by kind."""


@dataclass(frozen=True, eq=False)
class Unit:
    """An activation from int16 to int16.

    Args:
        function: the function that it approximates.
        source, result: formats with powers of two as scales.
        kind: one of ``GATES``, ``clip`` (``saturate(round_shift(q m, post) + add)`` between low and high) or
            ``table`` (513 values, linear between them).
    """

    function: Function
    source: Format
    result: Format
    kind: str
    table: Int | None = None
    m: int = 1
    post: int = 0
    add: int = 0
    low: int = -32768
    high: int = 32767

    def __call__(self, q: Array) -> Array:
        if self.kind in GATES:
            return _gate_table(self.kind)[q]
        if self.kind == "table":
            assert self.table is not None
            return interpolate(self.table, q)
        return np.asarray(np.clip(round_shift(q * self.m, self.post) + self.add, self.low, self.high))

    @property
    def identity(self) -> bool:
        """Whether it changes nothing."""
        return self.kind == "clip" and (self.m, self.post, self.add, self.low, self.high) == (1, 0, 0, -32768, 32767)

    @property
    def positive(self) -> bool:
        """Whether it is never below 0."""
        return self.low >= 0 or self.kind in ("sigmoid", "short_sigmoid")

    def __repr__(self) -> str:
        table = "" if self.table is None else f", {self.table.tolist()}"
        clip = f", {self.m}, {self.post}, {self.add}, {self.low}, {self.high}"
        return f"Unit({self.function}, {self.source}, {self.result}, {self.kind}{clip}{table})"


@cache
def _gate_table(kind: str) -> Array:
    """The results of a gate's primitive for every int16; negative arguments are indices from the end. With it a cell's
    step takes two thirds of the time."""
    return GATES[kind](np.arange(1 << 16).astype(np.int16).astype(np.int64))


def unit(function: Function, low: float, high: float, brief: bool = False) -> Unit:
    """The integer form of a function with arguments from ``low`` to ``high``.

    Args:
        brief: whether a short table is better than an exact one.
    """
    name = function.name
    straight = name == "tanh" and max(-low, high) <= STRAIGHT
    if name in ("tanh", "sigmoid") and not straight:
        return Unit(
            function, TANH_SOURCE if name == "tanh" else SIGMOID_SOURCE, UNIT, f"short_{name}" if brief else name
        )
    low, high = (low, high) if straight else _active(function, low, high)
    source = finest(low, high)
    params = dict(function.params)
    if straight:
        return Unit(function, source, source, "clip")
    if name in CLIPS and not (name == "relu" and (params.get("negative_slope") or params.get("threshold"))):
        return _clip(function, source, params)
    q = np.arange(-32768, 32769, 128)
    with np.errstate(all="ignore"):
        values = np.nan_to_num(function(q * source.scale), posinf=1e30, neginf=-1e30)
    inside = values[(q * source.scale >= low) & (q * source.scale <= high)]
    inside = inside if inside.size else function(np.array([low, high]))  # a range within one step of the table
    result = spacious(float(inside.min(initial=0.0)), float(inside.max(initial=0.0)))
    table = saturate(np.round(values / result.scale), 16).astype(np.int64)
    return Unit(function, source, result, "table", table)


def finest(low: float, high: float) -> Format:
    """The finer of the two formats for a range, with headroom and without."""
    return min(binary(low, high), spacious(low, high), key=lambda form: form.scale)


def spacious(low: float, high: float) -> Format:
    """The format for a range, or for four times the range if the former has the scale 2^-15, its finest."""
    plain = binary(low, high)
    return plain if plain.scale > 2.0**-15 else binary(4 * low, 4 * high, most=FINEST)


FINEST = 26
"""Binary digits after the point of the finest values inside a cell."""


def _active(function: Function, low: float, high: float) -> tuple[float, float]:
    """The part of a range to represent: up to four times the arguments between which the function is not flat. Beyond,
    only sums whose parts cancel would need the room."""
    x = np.linspace(min(low, 0.0), max(high, 0.0), 4097)
    with np.errstate(all="ignore"):
        y = np.nan_to_num(function(x), posinf=1e30, neginf=-1e30)
    flat = 2.0**-17 * float(np.abs(y).max())
    moves = [np.flatnonzero(np.abs(y - end) > flat) for end in (y[0], y[-1])]
    if not len(moves[0]):
        return low, high
    reach = 4 * max(-x[max(moves[0][0] - 1, 0)], x[min(moves[1][-1] + 1, len(x) - 1)])
    return max(low, -reach), min(high, reach)


def _clip(function: Function, source: Format, params: dict[str, float]) -> Unit:
    if function.name == "hard_sigmoid":
        m = round(params["slope"] * source.scale / UNIT.scale * 2**14)
        post = 14
        while m > 32767:
            m, post = m >> 1, post - 1
        add = round(params["offset"] / UNIT.scale)
        return Unit(function, source, UNIT, "clip", None, m, post, add, 0, 32767)
    low, high = -32768, 32767
    if function.name == "relu":
        low = 0
        high = int(min(32767, round(params.get("max_value", np.inf) / source.scale))) if "max_value" in params else high
    if function.name == "hard_tanh":
        low, high = max(low, round(-1 / source.scale)), min(high, round(1 / source.scale))
    return Unit(function, source, source, "clip", None, 1, 0, 0, low, high)
