"""Sums that can saturate for inputs within the calibrated ranges, by interval arithmetic."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from ..core.formats import Format
from ..core.graph import Graph, Node
from ..layers.integer.matrix import Matrix
from ..quantization.observations import Observed
from .facts import SaturationFacts

GATES = Format("int16")
"""The format of a gate's or an activation's argument."""


def saturation(graph: Graph, seen: Observed) -> tuple[SaturationFacts, ...]:
    """For each matrix of an integer graph, the number of rows whose results can exceed their format."""
    names = {tensor: seen.fits[0][0].tensor(tensor).name for tensor in seen.ranges.tensors if seen.fits}
    rows = []
    for node in graph.nodes:
        for part in fields(node.op):
            matrix = getattr(node.op, part.name)
            if isinstance(matrix, Matrix) and node.inputs:
                rows.append(_of(graph, node, part.name, matrix, names, seen))
    return tuple(rows)


def _of(graph: Graph, node: Node, name: str, matrix: Matrix, names: dict[int, str], seen: Observed) -> SaturationFacts:
    tensor = graph.tensor(node.inputs[0])
    form, same = tensor.format, names.get(node.inputs[0]) == tensor.name
    calibrated = name == "own" and same and form.integer
    low, high = (
        map(int, form.quantize(np.array(seen.ranges.tensors[node.inputs[0]]))) if calibrated else (form.low, form.high)
    )
    w = matrix.weights.astype(np.int64)
    least = matrix.bias + np.minimum(w * low, w * high).sum(0)
    most = matrix.bias + np.maximum(w * low, w * high).sum(0)
    gains = np.concatenate([rescale.m / 2.0 ** (rescale.pre + rescale.post) for rescale in matrix.rescales])
    result, zero = _result_format(node.op, name)
    beyond = (most * gains + zero > result.high + 0.5) | (least * gains + zero < result.low - 0.5)
    return SaturationFacts(
        layer=node.name,
        matrix={"own": "kernel", "past": "recurrent kernel"}.get(name, name),
        inputs=(low, high),
        calibrated=calibrated,
        rows=len(matrix.bias),
        beyond=int(np.count_nonzero(beyond)),
        least=float(np.floor((least * gains).min() + zero)),
        most=float(np.ceil((most * gains).max() + zero)),
        kept=(result.low, result.high),
    )


def _result_format(op: Any, name: str) -> tuple[Format, int]:
    """The format of a matrix's results, and their zero point."""
    result = getattr(op, "result", None)
    if name == "own" and isinstance(result, Format) and getattr(op, "activation", None) is None:
        return result, result.zero
    return GATES, 0
