"""Features of an input whose weights are of very different sizes: for types of floats, brought to one size first.

A row's scale follows its largest weight, and what is a thousandth of that rounds to 0: a pressure in pascal beside
accelerations. Where it helps, each feature of the input is multiplied by a factor, and the matrix that reads it is
divided by them. Of one row, the sums err least where all its weights are of one size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from ..core.graph import Array, Graph, Node, Tensor
from ..core.op import Op
from ..layers.normalize import Normalize
from ..numerics.rounding import Moments
from ..numerics.storage import Storage
from .features import GAINED

FURTHEST = 2.0**60
"""The largest factor: float32 reaches 2^127."""
NOTE = "layer {}: its weights on features of the input differ so much that features are multiplied by {} first"


def level(
    graph: Graph, storage: Storage, moments: Mapping[str, Mapping[str, Moments]]
) -> tuple[Graph, dict[str, Array]]:
    """The graph with such inputs multiplied before they are read, and by what, by the name of the node that reads them.

    Args:
        graph: in floats, fused.
        storage: of weights.
        moments: of what matrices are multiplied with, by node, where it is known. Without them each feature is taken
            to matter as much as the others.
    """
    makers = graph.producer()
    tensors, nodes, notes = list(graph.tensors), [], list(graph.notes)
    known: dict[int, tuple[Op, Array] | None] = {}
    made: dict[tuple[int, bytes], int] = {}
    found: dict[str, Array] = {}
    for node in graph.nodes:
        if id(node.op) not in known:
            known[id(node.op)] = _levelled(graph, makers, node, storage, moments.get(node.name, {}).get("kernel"))
        one = known[id(node.op)]
        if one is None:
            nodes.append(node)
            continue
        op, times = one
        source = graph.tensor(node.inputs[0])
        key = source.id, times.tobytes()
        if key not in made:
            made[key] = len(tensors)
            tensors.append(Tensor(made[key], f"{source.name}_level_{made[key]}", source.shape))
            scaling = Normalize(None, times, None)
            lead = len(source.shape) - 1
            name = f"{node.name}_level_{made[key]}"
            nodes.append(Node(name, node.layer, scaling, (source.id,), (made[key],), lead))
            notes.append(NOTE.format(node.layer, ", ".join(f"{x:g}" for x in times)))
        found[node.name] = 1 / times.astype(np.float64)
        nodes.append(replace(node, op=op, inputs=(made[key], *node.inputs[1:])))
    if not found:
        return graph, {}
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes), notes=tuple(notes)).check(), found


def _levelled(
    graph: Graph, makers: Mapping[int, Node], node: Node, storage: Storage, seen: Moments | None
) -> tuple[Op, Array] | None:
    """The op of levelled features, and by what these are multiplied; None where it stays as it is."""
    if node.op.stored.get("kernel") != 0 or node.op.read is None or not _from_outside(graph, makers, node.inputs[0]):
        return None
    factors = node.op.read.astype(np.float64)
    factors = factors.reshape(len(factors), -1)
    if len(factors) < 2 or len(factors) != graph.shape(node.inputs[0])[-1] or not np.isfinite(factors).all():
        return None
    sizes = np.sqrt(np.mean(factors**2, axis=1))
    some = sizes > 0
    if not some.any():
        return None
    shares = np.where(some, sizes / np.median(sizes[some]), 1.0)
    times = np.clip(shares, 1 / FURTHEST, FURTHEST).astype(np.float32).astype(np.float64)
    power = _power(sizes, some, seen)
    after = factors / times[:, None]
    if _noise(after, storage.most, power * times**2) * GAINED > _noise(factors, storage.most, power):
        return None
    kernel = node.op.arrays()["kernel"]
    if np.allclose(storage.meant(kernel), kernel, rtol=1e-5, atol=0):
        return None  # rounded before, as Keras's own int8 is: it stays as it is
    op = node.op.fed(1 / times, None)
    if op is None:
        return None
    kept = {name: array.astype(np.float32) for name, array in op.arrays().items() if array.dtype == np.float64}
    return replace(op, **kept), times.astype(np.float32)


def _from_outside(graph: Graph, makers: Mapping[int, Node], tensor: int) -> bool:
    """Whether it holds values of a model input, as they are."""
    while tensor in makers:
        maker = makers[tensor]
        if not (maker.op.moves or maker.op.marker is not None) or tensor != maker.outputs[0]:
            return False
        tensor = maker.inputs[0]
    return True


def _power(sizes: Array, some: Array, seen: Moments | None) -> Array:
    """Of each feature, around its mean, which the bias makes up for."""
    if seen is None:
        return np.where(some, 1 / np.where(some, sizes, 1.0) ** 2, 0.0)
    variances = np.diag(seen.covariance)
    power: Array = variances.reshape(-1, len(sizes)).mean(axis=0)
    return power


def _noise(factors: Array, most: int, power: Array) -> float:
    """What rounding the weights to steps of their row's largest adds to the sums."""
    steps = np.abs(factors).max(axis=0) / most
    return float((steps**2).sum()) / 12 * float(power.sum())
