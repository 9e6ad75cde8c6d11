"""Weights as a storage holds them, for a numeric type that computes in floats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..core.graph import Array, Graph
from ..core.op import Op
from ..numerics.rounding import Moments
from ..numerics.storage import Storage
from .feature_scaling import level

Known = Mapping[str, Moments]


def round_weights(graph: Graph, storage: Storage, moments: Mapping[str, Known] | None = None) -> Graph:
    """The graph whose matrices and tables have the values that are stored.

    Args:
        moments: of what matrices are multiplied with, by node and the matrix's name, where calibration has shown it:
            weights are rounded so that sums change least, and a kernel's bias makes up for their mean.

    Features of an input whose weights differ too much for one scale are multiplied by factors first, unless each weight
    is rounded by itself.
    """
    if storage.group is None:
        return graph
    seen = moments or {}
    graph, times = (graph, {}) if storage.relative else level(graph, storage, seen)
    seen = {name: _fed(known, times.get(name)) for name, known in seen.items()}
    ops: dict[int, Op] = {}
    for node in graph.nodes:
        if id(node.op) not in ops:
            ops[id(node.op)] = _rounded(node.op, storage, seen.get(node.name, {}))
    return replace(graph, nodes=tuple(replace(node, op=ops[id(node.op)]) for node in graph.nodes)).check()


def _fed(known: Known, gain: Array | None) -> Known:
    """Of what a kernel is multiplied with once features are levelled."""
    return known if gain is None or "kernel" not in known else {**known, "kernel": known["kernel"].fed(gain, None)}


def _rounded(op: Op, storage: Storage, known: Known) -> Op:
    arrays = op.arrays()
    changed: dict[str, Array] = {}
    for name, axis in op.stored.items():
        if name in arrays:
            moments = known.get(name) if axis == 0 and arrays[name].ndim == 2 else None
            moments = moments if moments is not None and len(moments.mean) == len(arrays[name]) else None
            changed[name] = storage.rounded(arrays[name], axis, moments.joint if moments else None)
            if moments is not None and name == "kernel" and (bias := arrays.get("bias")) is not None:
                missing = moments.mean @ (arrays[name].astype("float64") - changed[name])
                settled = bias.copy()
                settled[(0,) * (bias.ndim - 1)] += missing.astype(bias.dtype)
                changed["bias"] = settled
    return replace(op, **changed)
