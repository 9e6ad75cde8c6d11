"""A model's graph in a numeric type by shapes alone: what bytes follow from, before anything is calibrated."""

from __future__ import annotations

from dataclasses import replace
from itertools import count

import numpy as np

from ..core.graph import Graph
from ..core.settings import Settings
from ..importers.reading import Model
from ..layers.integer import Ranges
from ..layers.integer.base import Range
from ..numerics.base import Numeric
from .prepare import in_numbers, layer_types
from .quantize import UNITED, quantize

GUESS = (-1.0, 2.0)
"""About no middle, as calibration mostly finds ranges: what it takes to bring the middle to 0 is counted."""


def sized(model: Model, numeric: Numeric, settings: Settings, alike: bool = False) -> Graph:
    """A graph with the shapes and types of :func:`in_numbers`, whose integers mean nothing: for what follows from
    shapes, such as bytes. Nothing is run, so no calibration is needed.

    Args:
        alike: all values have one range, so that none is brought from one format to another's: the least that
            calibration may lead to. Else those that meet have different ones: the most, which is what it mostly is.

    Raises:
        UsageError, UnsupportedError: as :func:`in_numbers`.
    """
    if not numeric.integer:
        return in_numbers(model, replace(settings, calibration=None), numeric)
    numeric = replace(numeric, weights=replace(numeric.weights, rough=True))
    graph = _settled(model.fused, numeric)
    sizes = [0] * len(graph.tensors) if alike else _range_numbers(graph)
    spans = [_Guesses((UNITED + 1) ** size) for size in sizes]
    inner = {node.name: spans[node.outputs[0]] for node in graph.nodes}
    ranges = Ranges(tensors={tensor: span[""] for tensor, span in enumerate(spans)}, unseen=inner)
    return quantize(graph, ranges, numeric, layer_types(model.graph, graph, settings))


def _settled(graph: Graph, numeric: Numeric) -> Graph:
    """Biases of 0 are others: in 8 bits they make up for what rounding does to the mean of sums. Of two in a row, the
    kernel's does."""
    if numeric.weights.bits > 8:
        return graph
    nodes = []
    for node in graph.nodes:
        op, bias = node.op, node.op.arrays().get("bias")
        if bias is not None and not np.any(bias):
            nonzero = bias.copy()
            nonzero[... if bias.ndim == 1 else 0] = 1.0
            op = replace(op, bias=nonzero)  # type: ignore[call-arg]
        nodes.append(replace(node, op=op))
    return replace(graph, nodes=tuple(nodes))


def _range_numbers(graph: Graph) -> list[int]:
    """A number for each tensor, of those that meet in a layer and of what comes out of it another one each: ranges too
    far from each other to share a format. What only moves values gives those it has."""
    numbers: dict[int, int] = {}
    origin = list(range(len(graph.tensors)))
    for node in graph.nodes:
        met = list(dict.fromkeys(origin[tensor] for tensor in node.inputs))
        for tensor in node.outputs:
            origin[tensor] = met[0] if node.op.moves and len(met) == 1 else node.outputs[0]
        for tensor in (*met, node.outputs[0]) if len(met) > 1 else ():
            taken = {numbers[other] for other in (*met, node.outputs[0]) if other in numbers}
            numbers.setdefault(tensor, next(n for n in count() if n not in taken))
    return [numbers.get(first, 0) for first in origin]


class _Guesses(dict[str, Range]):
    """Says of every value that it lies within ``GUESS``, times a size."""

    def __init__(self, size: float) -> None:
        self._span = GUESS[0] * size, GUESS[1] * size

    def __missing__(self, key: str) -> Range:
        return self._span
