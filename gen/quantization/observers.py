"""The choice of the observer: the one whose ranges are better on data that did not calibrate them."""

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
from .calibrate import GraphInputs, calibrate
from .quantize import quantize

GAINED = 1.12
"""Least ratio of the power of the first observer's error to another's, in both halves, to choose the other: .5 dB. On
tools/integers.py no model in int8 loses by that, and the best gains 1.2 dB."""
FEWEST = 16
"""Least number of samples to compare halves."""
JUDGES = 100
"""Most samples of a half that judge the other half's ranges."""

Fits = Sequence[tuple[Graph, Batch]]
Look = Callable[[GraphInputs, str], Ranges]
"""A function like :func:`.calibrate.calibrate` of graphs with their inputs, and an observer."""


def choose(fits: Fits, look: Look = calibrate) -> str:
    """The observer for a model in int8. Calibrated on the even samples (the first half, if the model is stateful) and
    judged on the others, and vice versa, it must be better both times; otherwise it is the first of :data:`OBSERVERS`.

    Args:
        fits: the float graph for the lengths of the data, with samples.
        look: returns the ranges of the program.
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
    halved = [
        (graph, Batch([np.array_split(x, 2)[start] if graph.stateful else x[start::2] for x in batch.inputs]))
        for graph, batch in fits
    ]
    return [(graph, batch) for graph, batch in halved if len(batch.inputs[0])]


def _errors(halves: Sequence[Fits], observer: str, look: Look) -> list[float]:
    """The error on each half with ranges of the other half."""
    errors = []
    for calibrating, judging in (halves, halves[::-1]):
        ranges = look([(graph, batch.inputs) for graph, batch in calibrating], observer)
        errors.append(_error(judging, ranges))
    return errors


def _error(fits: Fits, ranges: Ranges) -> float:
    """Squared errors of all outputs, relative to their variance."""
    total: dict[int, list[float]] = {}
    for graph, batch in fits:
        part = [x[: max(1, JUDGES * len(x) // sum(len(b.inputs[0]) for _, b in fits))] for x in batch.inputs]
        integers = quantize(graph, ranges, NUMERICS["int8"])
        for k, (ours, right) in enumerate(zip(evaluate(integers, part), evaluate(graph, part), strict=True)):
            sums = total.setdefault(k, [0.0, 0.0])
            sums[0] += float(np.square(ours - right, dtype=np.float64).sum())
            sums[1] += float(np.square(right - right.mean(axis=0), dtype=np.float64).sum())
    return sum(error / max(spread, 1e-300) for error, spread in total.values())
