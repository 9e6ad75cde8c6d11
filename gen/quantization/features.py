"""A scale and a zero point for each feature of an input, where one for all leaves too little of some feature.

What reads the input makes up for them in its weights: ``x = gain x' + offset``, and a matrix of x is another of x'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..core.formats import Array, Featured, Format
from ..core.graph import Graph, Node
from ..layers.integer import Ranges
from ..layers.integer.base import Range
from ..numerics import NUMERICS
from ..numerics.base import Numeric

GAINED = 10.0
"""How many times smaller the power of what rounding does to the readers' sums must become."""
FAR = 100.0
"""How many times larger that power is, where zeros around an input need to be exact, for layers to take 16 bits."""
FINEST = 2.0**-22
"""Least scale of a feature as a share of its largest value: float32 holds four steps of it there."""


@dataclass(frozen=True, eq=False)
class Own:
    """What a tensor's values are: ``gain x' + offset`` along its last axis, x' in one format.

    Args:
        offset: None where it is 0 throughout, and zeros stay zeros.
        form: of x'.
    """

    gain: Array
    offset: Array | None
    form: Format

    @property
    def span(self) -> Range:
        """Of x'."""
        return (self.form.low - self.form.zero) * self.form.scale, (self.form.high - self.form.zero) * self.form.scale

    def shown(self, form: Format) -> Featured:
        """What integers of a format of x' mean by x."""
        scales = (self.gain * form.scale).astype(np.float32)
        zeros = form.zero - (0 if self.offset is None else np.round(self.offset / scales)) * np.ones(len(scales))
        whole = tuple(int(zero) for zero in zeros)
        return Featured(form.dtype, form.scale, form.zero, False, tuple(float(s) for s in scales), whole)

    def at(self, places: Array) -> Own:
        """The same of a tensor whose last axis holds the features at these places."""
        return Own(self.gain[places], None if self.offset is None else self.offset[places], self.form)


def separate(
    graph: Graph,
    spans: Mapping[int, Sequence[Range]],
    dtype: Callable[[int], str],
    room: Mapping[str, float],
    most: int,
) -> dict[int, Own]:
    """The tensors, inputs and what moves their values, whose features get scales of their own.

    Args:
        graph: in floats.
        spans: least and largest value of each feature of model inputs.
        dtype: the integers of an input.
        room: by dtype, how much further than what was seen a feature's range reaches; around a middle, at either end.
        most: the largest weight.

    An input's features are taken apart where everything that reads it can make up for it and that lets the noise of
    rounding in the readers' sums, of inputs and of weights together, fall by :data:`GAINED` or more. An offset comes
    with that where no reader needs zeros to be zeros: a convolution that puts them around, a marker of masked steps.
    """
    found: dict[int, Own] = {}
    for tensor, seen in spans.items():
        kind = dtype(tensor)
        low, high = np.array(seen).T
        for own in (_centred(low, high, kind, room[kind]), _scaled(low, high, kind, room[kind])):
            reached = _reached(graph, tensor, own)
            if reached is None:
                continue
            readers = [(node, reached[node.inputs[0]]) for node in graph.nodes if node.inputs[0] in reached]
            factors = [_factors(node, places) for node, places in readers if node.op.read is not None]
            alike = _alike(low, high, kind, room[kind])
            if _noise(low, high, own, factors, most) * GAINED <= _noise(low, high, alike, factors, most):
                found.update({ident: own.at(places) for ident, places in reached.items()})
            break
    return found


def outlying(
    graph: Graph, ranges: Ranges, numeric: Numeric, types: Mapping[str, Numeric]
) -> tuple[Mapping[str, Numeric], list[str]]:
    """Types of layers that 8 bits would leave little of, and what to tell of it: where zeros are put around features
    far from 0, values at the edges are hundreds of times those within.

    Args:
        types: what the user keeps, which stays.
    """
    if numeric.weights.bits > 8:
        return types, []
    first = [node for node in _surrounded(graph, ranges.features, numeric.weights.most) if node.layer not in types]
    if not first:
        return types, []
    made, reached = dict(types), {tensor for node in first for tensor in node.outputs}
    for node in graph.nodes:
        if reached.intersection(node.inputs) and numeric.dtype.name == "int8":
            reached.update(node.outputs)
            made.setdefault(node.layer, NUMERICS["int16w8"])
    made.update({node.layer: NUMERICS["int16"] for node in first})
    names = ", ".join(dict.fromkeys(node.layer for node in first))
    behind = ", and what reads it in int16w8" if len(made) > len(types) + len({node.layer for node in first}) else ""
    note = (
        f"{names} puts zeros around features that lie far from 0, where its values are far larger than elsewhere: it"
        f" computes in int16{behind}. --keep LAYER=TYPE takes another type; features around 0 lose nothing"
    )
    return made, [note]


def _surrounded(graph: Graph, spans: Mapping[int, Sequence[Range]], most: int) -> list[Node]:
    """The nodes that put zeros around features which lie far from 0 for their range, as an air pressure does: in 8 bits
    little is left of such a feature, and a range of its own has no integer for the zeros. Arguments as of
    :func:`separate`.
    """
    found = []
    for tensor, seen in spans.items():
        low, high = np.array(seen).T
        near, whole = _centred(low, high, "int8", 1.0), _scaled(low, high, "int8", 1.0)
        reached = _reached(graph, tensor, whole) or {}
        for node in graph.nodes:
            places = reached.get(node.inputs[0])
            if places is None or node.op.read is None:
                continue
            there = near.at(places)
            if node.op.fed(there.gain, there.offset) is not None:
                continue
            factors = [_factors(node, places)]
            if _noise(low, high, near, factors, most) * FAR <= _noise(low, high, whole, factors, most):
                found.append(node)
    return found


def _centred(low: Array, high: Array, dtype: str, room: float) -> Own:
    """Ranges from the least to the largest value; of what never changes, from 0; of what is always 0, like others."""
    still = high - low <= FINEST * np.maximum(np.abs(low), np.abs(high))
    low, high = np.where(still, np.minimum(low, 0), low), np.where(still, np.maximum(high, 0), high)
    middle, half = (low + high) / 2, (high - low) / 2 * (2 * room - 1)
    half = np.where(half == 0, np.median(half[half > 0]) if np.any(half > 0) else 1.0, half)
    form = Format(dtype, 1 / 127.5 if dtype == "int8" else 1 / 32767)
    scales = _single(np.maximum(half * form.scale, FINEST * np.abs(middle)))
    return Own(scales / form.scale, np.round(middle / scales) * scales, form)


def _scaled(low: Array, high: Array, dtype: str, room: float) -> Own:
    """Ranges from 0 on, with one zero point for all: the one that makes the steps finest in the geometric mean."""
    low, high = np.minimum(low, 0) * room, np.maximum(high, 0) * room
    none = high == low
    zeros = np.arange(-128, 128) if dtype == "int8" else np.zeros(1, np.int64)
    ends = 127 if dtype == "int8" else 32767
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.fmax(high / (ends - zeros[:, None]), -low / (ends + (dtype == "int8") + zeros[:, None]))
        best = int(np.argmin(np.log(steps[:, ~none]).sum(axis=1))) if not none.all() else len(zeros) // 2
    own = np.where(none, np.median(steps[best, ~none]) if not none.all() else 1 / 127, steps[best])
    form = Format(dtype, 1 / 127 if dtype == "int8" else 1 / 32767, int(zeros[best]))
    return Own(_single(own) / form.scale, None, form)


def _single(x: Array) -> Array:
    """The nearest float32."""
    y: Array = x.astype(np.float32).astype(np.float64)
    return y


def _alike(low: Array, high: Array, dtype: str, room: float) -> Own:
    """One scale for all."""
    least, largest = min(0.0, float(low.min())) * room, max(0.0, float(high.max())) * room
    step = (largest - least) / 255 if dtype == "int8" else max(-least, largest) / 32767
    form = Format(dtype, step or 1.0, -128 - round(least / step) if dtype == "int8" and step else 0)
    return Own(np.ones(len(low)), None, form)


def _factors(node: Node, places: Array) -> Array:
    """(features of the input, ...): by what a reader follows each, wherever its values were moved to."""
    assert node.op.read is not None
    factors = node.op.read.astype(np.float64).reshape(len(places), -1)
    whole = np.zeros((int(places.max()) + 1, len(places) // (int(places.max()) + 1), factors.shape[1]))
    for k in range(len(whole)):
        own = factors[places == k]
        whole[k, : len(own)] = own
    return whole.reshape(len(whole), -1)


def _noise(low: Array, high: Array, own: Own, factors: Sequence[Array], most: int) -> float:
    """The power of what rounding does to sums: each input by half its step at most, each weight by half its row's step,
    times the inputs; values spread evenly over their ranges."""
    offset = np.zeros(len(low)) if own.offset is None else own.offset
    power = (((low + high) / 2 - offset) ** 2 + ((high - low) / 2) ** 2 / 3) / own.gain**2
    total = 0.0
    for factor in factors:
        scaled = factor * own.gain[:, None]
        steps = np.abs(scaled).max(axis=0) / most
        total += float((scaled**2).sum()) * own.form.scale**2 / 12 + float((steps**2).sum()) / 12 * float(power.sum())
    return total


def _reached(graph: Graph, tensor: int, own: Own) -> dict[int, Array] | None:
    """The tensors that hold an input's values, and which feature is where along the last axis; None where something
    else is done with one than what its op can make up for."""
    consumers, outputs = graph.consumers(), {port.tensor for port in graph.outputs}
    found = {tensor: np.arange(len(own.gain))}
    pending = [tensor]
    while pending:
        ident = pending.pop()
        if ident in outputs:
            return None
        for node in consumers[ident]:
            if node.inputs[0] != ident or ident in node.inputs[1:]:
                return None
            places = found[ident]
            if node.op.moves:
                after = _moved(graph, node, places)
            elif node.op.marker is not None:
                after = places if node.op.marker == 0 and own.offset is None else None
            else:
                if node.op.read is None or node.lead == len(graph.shape(ident)):
                    return None
                there = own.at(places)
                if len(node.op.read) != len(places) or node.op.fed(there.gain, there.offset) is None:
                    return None
                continue
            if after is None:
                return None
            found[node.outputs[0]] = after
            pending.append(node.outputs[0])
    return found


def _moved(graph: Graph, node: Node, places: Array) -> Array | None:
    """Where features are behind an op that moves values; None where the last axis does not hold the same everywhere."""
    core = [n or 1 for n in graph.core(node, node.inputs[0])]
    if not core:
        return None
    (moved,) = node.op.apply(np.broadcast_to(places + 1.0, (1, *core)))
    rows = moved.reshape(-1, moved.shape[-1])
    if np.any(rows == 0) or np.any(rows != rows[0]) or graph.shape(node.outputs[0])[-1] != len(rows[0]):
        return None
    where: Array = rows[0].astype(np.int64) - 1
    return where
