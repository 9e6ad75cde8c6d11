"""Weights rounded to their storage, for numeric types that compute in floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..core.graph import Array, Graph
from ..core.op import Op
from ..numerics.rounding import Moments
from ..numerics.storage import Storage
from .feature_scaling import level

MatrixMoments = Mapping[str, Moments]


def round_weights(graph: Graph, storage: Storage, moments: Mapping[str, MatrixMoments] | None = None) -> Graph:
    """The graph whose matrices and tables have the stored values.

    Args:
        moments: calibrated moments of matrices' inputs, by node and the matrix's name: weights are rounded so that sums
            change least, and a kernel's bias compensates their mean error.

    Features of an input whose weights differ too much for one scale are multiplied by factors first, unless the
    rounding error is relative to each weight.
    """
    if storage.group is None:
        return graph
    moments = moments or {}
    graph, gains = (graph, {}) if storage.relative else level(graph, storage, moments)
    moments = {name: _levelled(one, gains.get(name)) for name, one in moments.items()}
    ops: dict[int, Op] = {}
    for node in graph.nodes:
        if id(node.op) not in ops:
            ops[id(node.op)] = _rounded(node.op, storage, moments.get(node.name, {}))
    return replace(graph, nodes=tuple(replace(node, op=ops[id(node.op)]) for node in graph.nodes)).check()


def _levelled(each: MatrixMoments, gain: Array | None) -> MatrixMoments:
    """The moments with those of a kernel's input after features are scaled."""
    return each if gain is None or "kernel" not in each else {**each, "kernel": each["kernel"].fed(gain, None)}


def _rounded(op: Op, storage: Storage, each: MatrixMoments) -> Op:
    arrays = op.arrays()
    changed: dict[str, Array] = {}
    for name, axis in op.stored.items():
        if name in arrays:
            moments = each.get(name) if axis == 0 and arrays[name].ndim == 2 else None
            moments = moments if moments is not None and len(moments.mean) == len(arrays[name]) else None
            changed[name] = storage.rounded(arrays[name], axis, moments.joint if moments else None)
            if moments is not None and name == "kernel" and (bias := arrays.get("bias")) is not None:
                missing = moments.mean @ (arrays[name].astype("float64") - changed[name])
                compensated = bias.copy()
                compensated[(0,) * (bias.ndim - 1)] += missing.astype(bias.dtype)
                changed["bias"] = compensated
    return replace(op, **changed)
