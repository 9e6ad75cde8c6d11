"""Which observer fits a model and its data: the one whose ranges are better on data that they were not taken from."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.errors import UnsupportedError
from ..core.graph import Graph
from ..core.settings import OBSERVERS
from ..data.datasets import Batch
from ..layers.integer import Ranges
from ..numerics import NUMERICS
from ..oracle.reference import evaluate
from .calibrate import Shown, calibrate
from .quantize import quantize

GAINED = 1.12
"""How many times smaller the power of the error must be in either half for another observer than the first: .5 dB. On
tools/integers.py no model in int8 loses by that, and the best gains 1.2 dB."""
FEWEST = 16
"""Samples below which halves tell nothing."""
JUDGES = 100
"""Samples of a half that judge the other's ranges."""

Fits = Sequence[tuple[Graph, Batch]]
Look = Callable[[Shown, str], Ranges]
"""As :func:`.calibrate.calibrate`: graphs with their inputs, and an observer."""


def choose(fits: Fits, look: Look = calibrate) -> str:
    """The observer for a model in int8: calibrated on the even samples and judged on the odd ones, and the other way
    round, it must be better both times; the first of :data:`OBSERVERS` otherwise.

    Args:
        fits: the float graph for the lengths of the data, with samples.
        look: gives the ranges that the program is to have.
    """
    first, *others = OBSERVERS
    if sum(len(batch.inputs[0]) for _, batch in fits) < FEWEST:
        return first
    halves = [_half(fits, start) for start in (0, 1)]
    try:
        errors = {name: _errors(halves, name, look) for name in OBSERVERS}
    except UnsupportedError:
        return first
    plain = errors[first]
    better = [name for name in others if all(e * GAINED <= p for e, p in zip(errors[name], plain, strict=True))]
    return min(better, key=lambda name: sum(errors[name]), default=first)


def _half(fits: Fits, start: int) -> Fits:
    halved = [(graph, Batch([x[start::2] for x in batch.inputs])) for graph, batch in fits]
    return [(graph, batch) for graph, batch in halved if len(batch.inputs[0])]


def _errors(halves: Sequence[Fits], observer: str, look: Look) -> list[float]:
    """The error on each half by ranges of the other."""
    errors = []
    for shown, other in (halves, halves[::-1]):
        ranges = look([(graph, batch.inputs) for graph, batch in shown], observer)
        errors.append(_error(other, ranges))
    return errors


def _error(fits: Fits, ranges: Ranges) -> float:
    """Squared errors of all outputs over what varies in them."""
    total: dict[int, list[float]] = {}
    for graph, batch in fits:
        some = [x[: max(1, JUDGES * len(x) // sum(len(b.inputs[0]) for _, b in fits))] for x in batch.inputs]
        whole = quantize(graph, ranges, NUMERICS["int8"])
        for k, (ours, right) in enumerate(zip(evaluate(whole, some), evaluate(graph, some), strict=True)):
            sums = total.setdefault(k, [0.0, 0.0])
            sums[0] += float(np.square(ours - right, dtype=np.float64).sum())
            sums[1] += float(np.square(right - right.mean(axis=0), dtype=np.float64).sum())
    return sum(error / max(spread, 1e-300) for error, spread in total.values())
