"""Features of an input that differ so much in size that one scale for all leaves too little of some: a pressure in
pascal beside accelerations.

One idea, for integers and for floats: ``x = gain x' + offset`` for each feature, and what reads the input makes up for
it in its weights, as a matrix of x is another of x'. It is done where that lets the noise of rounding in the readers'
sums fall by :data:`GAINED` or more. Of integers, x' is what the input's integers mean (:func:`separate`), and its noise
counts too. Of floats, the input stays as it is and only weights are rounded, to steps of their row's largest: an op
computes x' from x in front of each reader (:func:`level`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.formats import FLOAT, Array, Featured, Format
from ..core.graph import Graph, Node, Tensor
from ..core.op import Op
from ..layers.integer import Ranges
from ..layers.integer.base import Range
from ..layers.normalize import Normalize
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..numerics.rounding import Moments
from ..numerics.storage import Storage

GAINED = 10.0
"""How many times smaller the power of rounding noise in the readers' sums must become. On tools/integers.py,
no scaling at all loses 38 dB (int8), 64 dB (int16) and 41 dB (float32w8) in the worst model. Between 1.5 and 10 means
differ by .1 dB: an input whose features differ little keeps one scale, which takes less code."""
FAR = 100.0
"""How many times larger that power is, where zeros around an input need to be exact, for layers to take 16 bits: the
values at the edges are then ten times those within. tests/api/test_raw_sensors.py has such a model."""
FINEST = 2.0**-22
"""Least scale of a feature as a share of its largest value: float32 holds four steps of it there."""
FURTHEST = 2.0**60
"""The largest factor of a float feature: float32 reaches 2^127."""
NOTE = "layer {}: its weights on features of the input differ so much that features are multiplied by {} first"


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """A tensor's values are ``gain x' + offset`` along its last axis, x' in one format.

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

    def shown(self, form: Format) -> Format:
        """The format of x whose integers are those of x' in ``form``."""
        scales = (self.gain * form.scale).astype(np.float32)
        zeros = form.zero - (0 if self.offset is None else np.round(self.offset / scales)) * np.ones(len(scales))
        whole = tuple(int(zero) for zero in zeros)
        return Featured(form.dtype, form.scale, form.zero, False, tuple(float(s) for s in scales), whole)

    def at(self, places: Array) -> FeatureScaling:
        """The same of a tensor whose last axis holds the features at these places."""
        return FeatureScaling(self.gain[places], None if self.offset is None else self.offset[places], self.form)

    def fed(self, op: Op) -> Op | None:
        """An op of x as one of x'; None where it cannot make up for the scaling."""
        return op.fed(self.gain, self.offset)


def separate(
    graph: Graph,
    spans: Mapping[int, Sequence[Range]],
    dtype: Callable[[int], str],
    room: Mapping[str, float],
    most: int,
) -> dict[int, FeatureScaling]:
    """The tensors, inputs and those that hold their moved values, whose features get scales of their own.

    Args:
        graph: in floats.
        spans: least and largest value of each feature of model inputs.
        dtype: the integers of an input.
        room: by dtype, how much further than the values seen a feature's range reaches; around a middle, at either end.
        most: the largest weight.

    An offset comes with the scales where no reader needs zeros to be zeros: a convolution that puts them around, a
    marker of masked steps.
    """
    scalings: dict[int, FeatureScaling] = {}
    for tensor, seen in spans.items():
        kind = dtype(tensor)
        low, high = np.array(seen).T
        for scaling in (_centred(low, high, kind, room[kind]), _scaled(low, high, kind, room[kind])):
            reached = _reached(graph, tensor, scaling)
            if reached is None:
                continue
            if _gains(graph, reached, scaling, _alike(low, high, kind, room[kind]), (low, high), most):
                scalings.update({ident: scaling.at(places) for ident, places in reached.items()})
            break
    return scalings


def _gains(
    graph: Graph,
    reached: Mapping[int, Array],
    scaling: FeatureScaling,
    alike: FeatureScaling,
    ends: tuple[Array, Array],
    most: int,
) -> bool:
    """Whether the noise in the sums of those who read the reached tensors falls enough."""
    readers = [(node, reached[node.inputs[0]]) for node in graph.nodes if node.inputs[0] in reached]
    factors = [_factors(node, places) for node, places in readers if node.op.read is not None]
    return _noise(*ends, scaling, factors, most) * GAINED <= _noise(*ends, alike, factors, most)


def levelled(graph: Graph, range_of: Callable[[int], Range], dtype: Callable[[int], str], most: int) -> set[int]:
    """The tensors in which others lie side by side along the last axis, each of which had better keep a scale of its
    own: branches of different size that meet late. Arguments as of :func:`separate`."""
    tensors = set()
    for node in (node for node in graph.nodes if node.op.united):
        widths = [graph.shape(tensor)[-1] or 0 for tensor in node.inputs]
        if graph.shape(node.outputs[0])[-1] != sum(widths):
            continue
        low, high = np.repeat([range_of(tensor) for tensor in node.inputs], widths, axis=0).T
        kind = dtype(node.outputs[0])
        scaling = _scaled(low, high, kind, 1.0)
        reached = _reached(graph, node.outputs[0], scaling)
        if reached and _gains(graph, reached, scaling, _alike(low, high, kind, 1.0), (low, high), most):
            tensors.add(node.outputs[0])
    return tensors


def side_by_side(graph: Graph, node: Node, forms: Sequence[Format]) -> dict[int, FeatureScaling]:
    """Scalings, by tensor, with which the integers of a levelled tensor's parts stay as they are, and those of what its
    values are moved to; empty where a reader cannot make up for their zero points."""
    widths = [graph.shape(tensor)[-1] or 0 for tensor in node.inputs]
    form = Format(forms[0].dtype, max(one.scale for one in forms), 0)
    scales, zeros = (np.repeat(each, widths) for each in ([f.scale for f in forms], [f.zero for f in forms]))
    offset = -zeros * scales if np.any(zeros) else None
    scaling = FeatureScaling(scales / form.scale, offset, form)
    reached = _reached(graph, node.outputs[0], scaling) or {}
    return {ident: scaling.at(places) for ident, places in reached.items()}


@np.errstate(invalid="ignore")  # what is infinite is refused by its layer's name
def outlying(
    graph: Graph, ranges: Ranges, numeric: Numeric, types: Mapping[str, Numeric]
) -> tuple[Mapping[str, Numeric], list[str]]:
    """Types of layers that 8 bits would leave little of, and what to tell of it: where zeros are put around features
    far from 0, values at the edges are hundreds of times those within.

    Args:
        types: of layers that the user chose, which stay.
    """
    if numeric.weights.bits > 8:
        return types, []
    first = [node for node in _surrounded(graph, ranges.features, numeric.weights.most) if node.layer not in types]
    if not first:
        return types, []
    wider, reached = dict(types), {tensor for node in first for tensor in node.outputs}
    for node in graph.nodes:
        if reached.intersection(node.inputs) and numeric.dtype.name == "int8":
            reached.update(node.outputs)
            wider.setdefault(node.layer, NUMERICS["int16w8"])
    wider.update({node.layer: NUMERICS["int16"] for node in first})
    names = ", ".join(dict.fromkeys(node.layer for node in first))
    behind = ", and what reads it in int16w8" if len(wider) > len(types) + len({node.layer for node in first}) else ""
    note = (
        f"{names} puts zeros around features that lie far from 0, where its values are far larger than elsewhere: it"
        f" computes in int16{behind}. --keep LAYER=TYPE takes another type; features around 0 lose nothing"
    )
    return wider, [note]


def _surrounded(graph: Graph, spans: Mapping[int, Sequence[Range]], most: int) -> list[Node]:
    """The nodes that put zeros around features which lie far from 0 for their range, as an air pressure does: in 8 bits
    little is left of such a feature, and a range of its own has no integer for the zeros. Arguments as of
    :func:`separate`.
    """
    nodes = []
    for tensor, seen in spans.items():
        low, high = np.array(seen).T
        near, whole = _centred(low, high, "int8", 1.0), _scaled(low, high, "int8", 1.0)
        reached = _reached(graph, tensor, whole) or {}
        for node in graph.nodes:
            places = reached.get(node.inputs[0])
            if places is None or node.op.read is None or near.at(places).fed(node.op) is not None:
                continue
            factors = [_factors(node, places)]
            if _noise(low, high, near, factors, most) * FAR <= _noise(low, high, whole, factors, most):
                nodes.append(node)
    return nodes


def level(
    graph: Graph, storage: Storage, moments: Mapping[str, Mapping[str, Moments]]
) -> tuple[Graph, dict[str, Array]]:
    """The graph with features multiplied in front of those who read them, and their gains, by the reader's name.

    Args:
        graph: in floats, fused.
        storage: of weights.
        moments: of what matrices are multiplied with, by node, where it is known. Without them each feature is taken
            to matter as much as the others.
    """
    tensors, nodes, notes = list(graph.tensors), [], list(graph.notes)
    known: dict[int, tuple[Op, Array] | None] = {}
    scaled: dict[tuple[int, bytes], int] = {}
    gains: dict[str, Array] = {}
    for node in graph.nodes:
        if id(node.op) not in known:
            known[id(node.op)] = _levelled(graph, node, storage, moments.get(node.name, {}).get("kernel"))
        if (one := known[id(node.op)]) is None:
            nodes.append(node)
            continue
        op, times = one
        source = graph.tensor(node.inputs[0])
        key = source.id, times.tobytes()
        if key not in scaled:
            scaled[key] = ident = len(tensors)
            tensors.append(Tensor(ident, f"{source.name}_level_{ident}", source.shape))
            name, lead = f"{node.name}_level_{ident}", len(source.shape) - 1
            nodes.append(Node(name, node.layer, Normalize(None, times, None), (source.id,), (ident,), lead))
            notes.append(NOTE.format(node.layer, ", ".join(f"{x:g}" for x in times)))
        gains[node.name] = 1 / times.astype(np.float64)
        nodes.append(replace(node, op=op, inputs=(scaled[key], *node.inputs[1:])))
    if not gains:
        return graph, {}
    return replace(graph, tensors=tuple(tensors), nodes=tuple(nodes), notes=tuple(notes)).check(), gains


def _levelled(graph: Graph, node: Node, storage: Storage, seen: Moments | None) -> tuple[Op, Array] | None:
    """The op of scaled features, and their factors, which bring the weights of all features to one size: of one row,
    the sums err least then. None where the node stays as it is."""
    if node.op.stored.get("kernel") != 0 or node.op.read is None or not _uneven(graph, node.inputs[0]):
        return None
    factors = node.op.read.astype(np.float64)
    factors = factors.reshape(len(factors), -1)
    if len(factors) < 2 or len(factors) != graph.shape(node.inputs[0])[-1] or not np.isfinite(factors).all():
        return None
    sizes = np.sqrt(np.mean(factors**2, axis=1))
    some = sizes > 0
    if not some.any():
        return None
    times = np.clip(np.where(some, sizes / np.median(sizes[some]), 1.0), 1 / FURTHEST, FURTHEST).astype(np.float32)
    if seen is None or not seen.joint:
        power = np.where(some, 1 / np.where(some, sizes, 1.0) ** 2, 0.0)
    else:  # around the mean, which the bias makes up for
        power = np.diag(seen.covariance).reshape(-1, len(sizes)).mean(axis=0)
    plain = FeatureScaling(np.ones(len(sizes)), None, FLOAT)
    scaling = FeatureScaling(1 / times.astype(np.float64), None, FLOAT)
    noises = [_weight_noise(power, one, factors, storage.most) for one in (scaling, plain)]
    kernel = node.op.arrays()["kernel"]
    if noises[0] * GAINED > noises[1] or np.allclose(storage.meant(kernel), kernel, rtol=1e-5, atol=0):
        return None  # or rounded before, as Keras's own int8 is: it stays as it is
    op = scaling.fed(node.op)
    if op is None:
        return None
    single = {name: array.astype(np.float32) for name, array in op.arrays().items() if array.dtype == np.float64}
    return replace(op, **single), times


def _uneven(graph: Graph, tensor: int) -> bool:
    """Whether it holds values of a model input, or of branches side by side, as they are."""
    makers = graph.producer()
    while (maker := makers.get(tensor)) is not None and not maker.op.united:
        if not (maker.op.moves or maker.op.marker is not None) or tensor != maker.outputs[0]:
            return False
        tensor = maker.inputs[0]
    return True


def _centred(low: Array, high: Array, dtype: str, room: float) -> FeatureScaling:
    """Ranges from the least to the largest value. What never changes is a whole number of steps: of its own size, or of
    the others' if that is smaller, so that its weight is not far larger than theirs."""
    middle, still = (low + high) / 2, _still(low, high)
    half = (high - low) / 2 * (2 * room - 1)
    others = np.median(half[~still]) if not still.all() else 1.0
    half = np.where(still, np.where(middle == 0, others, np.minimum(np.abs(middle), others)), half)
    form = Format(dtype, 1 / 127.5 if dtype == "int8" else 1 / 32767)
    scales = np.maximum(half * form.scale, FINEST * np.abs(middle))
    whole = np.maximum(np.round(np.abs(middle) / scales), 1)
    scales = np.where(still & (middle != 0), np.abs(middle) / whole, scales).astype(np.float32).astype(np.float64)
    return FeatureScaling(scales / form.scale, np.round(middle / scales) * scales, form)


def _still(low: Array, high: Array) -> Array:
    """Which features never change."""
    return high - low <= FINEST * np.maximum(np.abs(low), np.abs(high))


def _scaled(low: Array, high: Array, dtype: str, room: float) -> FeatureScaling:
    """Ranges from 0 on, with one zero point for all: the one that makes the steps finest in the geometric mean."""
    low, high = np.minimum(low, 0) * room, np.maximum(high, 0) * room
    none = high == low
    zeros = np.arange(-128, 128) if dtype == "int8" else np.zeros(1, np.int64)
    ends = 127 if dtype == "int8" else 32767
    with np.errstate(divide="ignore", invalid="ignore"):
        steps = np.fmax(high / (ends - zeros[:, None]), -low / (ends + (dtype == "int8") + zeros[:, None]))
        best = int(np.argmin(np.log(steps[:, ~none]).sum(axis=1))) if not none.all() else len(zeros) // 2
    scales = np.where(none, np.median(steps[best, ~none]) if not none.all() else 1 / 127, steps[best])
    form = Format(dtype, 1 / 127 if dtype == "int8" else 1 / 32767, int(zeros[best]))
    return FeatureScaling(scales.astype(np.float32).astype(np.float64) / form.scale, None, form)


def _alike(low: Array, high: Array, dtype: str, room: float) -> FeatureScaling:
    """One scale for all."""
    least, largest = min(0.0, float(low.min())) * room, max(0.0, float(high.max())) * room
    step = (largest - least) / 255 if dtype == "int8" else max(-least, largest) / 32767
    form = Format(dtype, step or 1.0, -128 - round(least / step) if dtype == "int8" and step else 0)
    return FeatureScaling(np.ones(len(low)), None, form)


def _factors(node: Node, places: Array) -> Array:
    """(features of the input, ...): by what a reader follows each, wherever its values were moved to."""
    assert node.op.read is not None
    factors = node.op.read.astype(np.float64).reshape(len(places), -1)
    features = int(places.max()) + 1
    whole = np.zeros((features, len(places) // features, factors.shape[1]))
    for k in range(features):
        rows = factors[places == k]
        whole[k, : len(rows)] = rows
    return whole.reshape(features, -1)


def _noise(low: Array, high: Array, scaling: FeatureScaling, factors: Sequence[Array], most: int) -> float:
    """The power of rounding noise in sums: each input that changes off by half its step at most, each weight by half of
    its row's step, times the inputs; values spread evenly over their ranges."""
    offset = np.zeros(len(low)) if scaling.offset is None else scaling.offset
    power = ((low + high) / 2 - offset) ** 2 + ((high - low) / 2) ** 2 / 3
    steps, total = np.where(_still(low, high), 0.0, scaling.gain * scaling.form.scale), 0.0
    for factor in factors:
        total += float(((factor * steps[:, None]) ** 2).sum()) / 12
        total += _weight_noise(power, scaling, factor, most)
    return total


def _weight_noise(power: Array, scaling: FeatureScaling, factors: Array, most: int) -> float:
    """The power of what rounding weights to steps of their row's largest adds to sums of x, whose mean square is
    ``power``."""
    steps = np.abs(factors * scaling.gain[:, None]).max(axis=0) / most
    return float((steps**2).sum()) / 12 * float((power / scaling.gain**2).sum())


def _reached(graph: Graph, tensor: int, scaling: FeatureScaling) -> dict[int, Array] | None:
    """The tensors that hold an input's values, and which feature is where along the last axis; None where something
    else is done with one than its op can make up for."""
    consumers, outputs = graph.consumers(), {port.tensor for port in graph.outputs}
    reached = {tensor: np.arange(len(scaling.gain))}
    pending = [tensor]
    while pending:
        ident = pending.pop()
        if ident in outputs:
            return None
        for node in consumers[ident]:
            if node.inputs[0] != ident or ident in node.inputs[1:]:
                return None
            places = reached[ident]
            if node.op.moves:
                after = _moved(graph, node, places)
            elif node.op.marker is not None:
                after = places if node.op.marker == 0 and scaling.offset is None else None
            else:
                if node.op.read is None or node.lead == len(graph.shape(ident)):
                    return None
                if len(node.op.read) != len(places) or scaling.at(places).fed(node.op) is None:
                    return None
                continue
            if after is None:
                return None
            reached[node.outputs[0]] = after
            pending.append(node.outputs[0])
    return reached


def _moved(graph: Graph, node: Node, places: Array) -> Array | None:
    """Where features are behind an op that moves values; None where the last axis does not hold the same everywhere."""
    core, *others = [[n or 1 for n in graph.core(node, tensor)] for tensor in node.inputs]
    if not core:
        return None
    (moved,) = node.op.apply(np.broadcast_to(places + 1.0, (1, *core)), *(np.zeros((1, *one)) for one in others))
    rows = moved.reshape(-1, moved.shape[-1])
    if np.any(rows == 0) or np.any(rows != rows[0]) or graph.shape(node.outputs[0])[-1:] != (len(rows[0]),):
        return None
    where: Array = rows[0].astype(np.int64) - 1
    return where
