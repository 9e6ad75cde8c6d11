"""A model's graph in a numeric type from shapes alone, to count bytes before anything is calibrated."""

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
"""A range that is not symmetric, as most calibrated ones are, so that the bytes for zero points are counted."""


def sized(model: Model, numeric: Numeric, settings: Settings, alike: bool = False) -> Graph:
    """A graph with the shapes and types of :func:`in_numbers` but arbitrary integers, for facts that follow from
    shapes, such as bytes. Nothing is run, so no calibration is needed.

    Args:
        alike: whether all values have one range, so that nothing is requantized: the least code after a calibration.
            Otherwise tensors that meet have different ranges: the most code, and the usual case.

    Raises:
        UsageError, UnsupportedError: as in :func:`in_numbers`.
    """
    if not numeric.integer:
        return in_numbers(model, replace(settings, calibration=None), numeric)
    numeric = replace(numeric, weights=replace(numeric.weights, rough=True))
    graph = _with_biases(model.fused, numeric)
    sizes = [0] * len(graph.tensors) if alike else _range_numbers(graph)
    spans = [_Guesses((UNITED + 1) ** size) for size in sizes]
    inner = {node.name: spans[node.outputs[0]] for node in graph.nodes}
    ranges = Ranges(tensors={tensor: span[""] for tensor, span in enumerate(spans)}, unseen=inner)
    return quantize(graph, ranges, numeric, layer_types(model.graph, graph, settings))


def _with_biases(graph: Graph, numeric: Numeric) -> Graph:
    """The graph with other values for biases of 0, because in 8 bits biases compensate the mean error of rounding. If a
    layer has two, it is the kernel's bias that does."""
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
    """A number for each tensor. Tensors that meet in a layer, and its output, have different numbers, for ranges too
    different to share a format. An op that only moves values keeps the number."""
    numbers: dict[int, int] = {}
    origin = list(range(len(graph.tensors)))
    for node in graph.nodes:
        met = list(dict.fromkeys(origin[tensor] for tensor in node.inputs))
        for tensor in node.outputs:
            origin[tensor] = met[0] if node.op.moves and len(met) == 1 else node.outputs[0]
        for tensor in (*met, node.outputs[0]) if len(met) > 1 else ():
            used = {numbers[one] for one in (*met, node.outputs[0]) if one in numbers}
            numbers.setdefault(tensor, next(n for n in count() if n not in used))
    return [numbers.get(first, 0) for first in origin]


class _Guesses(dict[str, Range]):
    """A mapping that returns ``GUESS``, times a size, as the range of every value."""

    def __init__(self, size: float) -> None:
        self._span = GUESS[0] * size, GUESS[1] * size

    def __missing__(self, key: str) -> Range:
        return self._span
