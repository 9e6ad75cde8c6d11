"""Weights as an int8 table with a scale a row can hold them, for a numeric type that computes in float."""

from __future__ import annotations

from dataclasses import replace

from ..graph import Graph, Op
from ..numerics.float32w8 import ROUNDED, meant


def round_weights(graph: Graph) -> Graph:
    """The graph whose matrices and embedding tables have the values that are stored."""
    ops: dict[int, Op] = {}
    for node in graph.nodes:
        ops.setdefault(id(node.op), _rounded(node.op))
    return replace(graph, nodes=tuple(replace(node, op=ops[id(node.op)]) for node in graph.nodes)).check()


def _rounded(op: Op) -> Op:
    arrays = op.arrays()
    changed = {name: meant(arrays[name], axis) for name, axis in ROUNDED.items() if name in arrays}
    return replace(op, **changed)
