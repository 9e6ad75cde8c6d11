"""Separate scales for features of an input whose sizes differ so much that one scale would leave too few bits for some:
a pressure in pascal together with accelerations.

The same idea serves integers and floats: ``x = gain x' + offset`` for each feature, and the readers of the input have
other weights, because a matrix of x is another matrix of x'. It is used if the rounding noise in the readers' sums
falls by :data:`GAINED` or more. In integers, x' is the real value of the input's integers (:func:`separate`), and its
noise counts too. In floats, only weights are rounded, to steps of their row's largest: an op before each reader
computes x' from x (:func:`level`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.formats import FLOAT, Array, Featured, Format, covering
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
"""Least ratio by which the power of rounding noise in the readers' sums must fall. On tools/integers.py, no scaling at
all loses 38 dB (int8), 64 dB (int16) and 41 dB (float32w8) in the worst model. Between 1.5 and 10 means differ by
.1 dB: an input whose features differ little keeps one scale, which takes less code."""
FAR = 100.0
"""Least ratio by which that power is larger if zeros around an input must be exact, for layers to use 16 bits: values
at the edges are then ten times those within. tests/api/test_raw_sensors.py has such a model."""
FINEST = 2.0**-22
"""Least scale of a feature, as a share of its largest value: four steps of float32 there."""
FURTHEST = 2.0**60
"""The largest factor of a float feature: float32 reaches 2^127."""
NOTE = "layer {}: its weights on features of the input differ so much that features are multiplied by {} first"


@dataclass(frozen=True, eq=False)
class FeatureScaling:
    """A tensor's values are ``gain x' + offset`` along its last axis, x' in one format.

    Args:
        offset: None if all offsets are 0, so that zeros stay zeros.
        form: format of x'.
    """

    gain: Array
    offset: Array | None
    form: Format

    @property
    def span(self) -> Range:
        """The range of x'."""
        return (self.form.low - self.form.zero) * self.form.scale, (self.form.high - self.form.zero) * self.form.scale

    def format_of_values(self, form: Format) -> Format:
        """The format of x whose integers are those of x' in ``form``."""
        scales = (self.gain * form.scale).astype(np.float32)
        zeros = form.zero - (0 if self.offset is None else np.round(self.offset / scales)) * np.ones(len(scales))
        integers = tuple(int(zero) for zero in zeros)
        return Featured(form.dtype, form.scale, form.zero, False, tuple(float(s) for s in scales), integers)

    def at(self, places: Array) -> FeatureScaling:
        """The scaling of a tensor whose last axis has the features at these places."""
        return FeatureScaling(self.gain[places], None if self.offset is None else self.offset[places], self.form)

    def fed(self, op: Op) -> Op | None:
        """The op of x' that computes the same as an op of x; None if there is none."""
        return op.fed(self.gain, self.offset)


def separate(
    graph: Graph,
    spans: Mapping[int, Sequence[Range]],
    dtype: Callable[[int], str],
    room: Mapping[str, float],
    most: int,
) -> dict[int, FeatureScaling]:
    """The scalings, by tensor, of inputs and of tensors with their moved values, whose features get separate scales.

    Args:
        graph: the float graph.
        spans: least and largest value of each feature of model inputs.
        dtype: function of an input that returns the type of its integers.
        room: by dtype, headroom: ratio of a feature's range to the calibrated one.
        most: the largest integer of a weight.

    Scales have offsets unless a reader needs zeros to stay zeros, such as a convolution with padding or a marker of
    masked steps.
    """
    scalings: dict[int, FeatureScaling] = {}
    for tensor, features in spans.items():
        kind = dtype(tensor)
        low, high = np.array(features).T
        for scaling in (_centred(low, high, kind, room[kind]), _scaled(low, high, kind, room[kind])):
            reached = _reached(graph, tensor, scaling)
            if reached is None:
                continue
            if _gains(graph, reached, scaling, (low, high), room[kind], most):
                scalings.update({ident: scaling.at(places) for ident, places in reached.items()})
            break
    return scalings


def _gains(
    graph: Graph, reached: Mapping[int, Array], scaling: FeatureScaling, ends: Sequence[Array], room: float, most: int
) -> bool:
    """Whether the noise in the sums of the reached tensors' readers is enough below that with one scale for all
    features."""
    low, high = ends
    form = covering(float(low.min()) * room, float(high.max()) * room, scaling.form.dtype)
    alike = FeatureScaling(np.ones(len(low)), None, form)
    readers = [(node, reached[node.inputs[0]]) for node in graph.nodes if node.inputs[0] in reached]
    factors = [_factors(node, places) for node, places in readers if node.op.read is not None]
    return _noise(low, high, scaling, factors, most) * GAINED <= _noise(low, high, alike, factors, most)


def levelled(graph: Graph, range_of: Callable[[int], Range], dtype: Callable[[int], str], most: int) -> set[int]:
    """The tensors that concatenate others along the last axis, each of which should keep its own scale: branches of
    different size that meet late. Arguments as for :func:`separate`."""
    tensors = set()
    for node in (node for node in graph.nodes if node.op.united):
        widths = [graph.shape(tensor)[-1] or 0 for tensor in node.inputs]
        if graph.shape(node.outputs[0])[-1] != sum(widths):
            continue
        low, high = np.repeat([range_of(tensor) for tensor in node.inputs], widths, axis=0).T
        kind = dtype(node.outputs[0])
        scaling = _scaled(low, high, kind, 1.0)
        reached = _reached(graph, node.outputs[0], scaling)
        if reached and _gains(graph, reached, scaling, (low, high), 1.0, most):
            tensors.add(node.outputs[0])
    return tensors


def side_by_side(graph: Graph, node: Node, forms: Sequence[Format]) -> dict[int, FeatureScaling]:
    """Scalings, by tensor, of a levelled tensor and the tensors that its values are moved to, with which the integers
    of its parts stay unchanged; empty if a reader cannot take their zero points."""
    widths = [graph.shape(tensor)[-1] or 0 for tensor in node.inputs]
    form = Format(forms[0].dtype, max(one.scale for one in forms), 0)
    scales, zeros = (np.repeat(each, widths) for each in ([f.scale for f in forms], [f.zero for f in forms]))
    offset = -zeros * scales if np.any(zeros) else None
    scaling = FeatureScaling(scales / form.scale, offset, form)
    reached = _reached(graph, node.outputs[0], scaling) or {}
    return {ident: scaling.at(places) for ident, places in reached.items()}


@np.errstate(invalid="ignore")  # infinite values are refused later, with their layer's name
def outlying(
    graph: Graph, ranges: Ranges, numeric: Numeric, types: Mapping[str, Numeric]
) -> tuple[Mapping[str, Numeric], list[str]]:
    """Types of layers for which 8 bits would be too few, with a note: if features far from 0 are padded with zeros,
    values at the edges are hundreds of times those within.

    Args:
        types: types of layers that the user chose, which stay.
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


def _surrounded(graph: Graph, spans: Mapping[int, Sequence[Range]], most: int) -> Iterator[Node]:
    """The nodes that pad features with zeros although these are far from 0 for their range, such as an air pressure:
    such a feature loses most of 8 bits, and its own range has no integer for zeros. Arguments as for :func:`separate`.
    """
    for tensor, features in spans.items():
        low, high = np.array(features).T
        centred, with_zero = _centred(low, high, "int8", 1.0), _scaled(low, high, "int8", 1.0)
        reached = _reached(graph, tensor, with_zero) or {}
        for node in graph.nodes:
            places = reached.get(node.inputs[0])
            if places is None or node.op.read is None or centred.at(places).fed(node.op) is not None:
                continue
            factors = [_factors(node, places)]
            if _noise(low, high, centred, factors, most) * FAR <= _noise(low, high, with_zero, factors, most):
                yield node


def level(
    graph: Graph, storage: Storage, moments: Mapping[str, Mapping[str, Moments]]
) -> tuple[Graph, dict[str, Array]]:
    """The graph with features multiplied before their readers, and their gains, by the reader's name.

    Args:
        graph: the fused float graph.
        storage: the storage of weights.
        moments: moments of matrices' inputs, by node, if known. Without them all features count the same.
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


def _levelled(graph: Graph, node: Node, storage: Storage, moments: Moments | None) -> tuple[Op, Array] | None:
    """The op of scaled features, and their factors, which bring the weights of all features to one size, where the
    error of a row's sums is least. None if the node stays unchanged."""
    if node.op.stored.get("kernel") != 0 or node.op.read is None or not _uneven(graph, node.inputs[0]):
        return None
    factors = node.op.read.astype(np.float64)
    factors = factors.reshape(len(factors), -1)
    if len(factors) < 2 or len(factors) != graph.shape(node.inputs[0])[-1] or not np.isfinite(factors).all():
        return None
    sizes = np.sqrt(np.mean(factors**2, axis=1))
    used = sizes > 0
    if not used.any():
        return None
    times = np.clip(np.where(used, sizes / np.median(sizes[used]), 1.0), 1 / FURTHEST, FURTHEST).astype(np.float32)
    if moments is None or not moments.joint:
        power = np.where(used, 1 / np.where(used, sizes, 1.0) ** 2, 0.0)
    else:  # around the mean, which the bias compensates
        power = np.diag(moments.covariance).reshape(-1, len(sizes)).mean(axis=0)
    plain = FeatureScaling(np.ones(len(sizes)), None, FLOAT)
    scaling = FeatureScaling(1 / times.astype(np.float64), None, FLOAT)
    noises = [_weight_noise(power, one, factors, storage.most) for one in (scaling, plain)]
    kernel = node.op.arrays()["kernel"]
    if noises[0] * GAINED > noises[1] or np.allclose(storage.meant(kernel), kernel, rtol=1e-5, atol=0):
        return None  # rounded before, for example Keras's own int8: unchanged
    op = scaling.fed(node.op)
    if op is None:
        return None
    single = {name: array.astype(np.float32) for name, array in op.arrays().items() if array.dtype == np.float64}
    return replace(op, **single), times


def _uneven(graph: Graph, tensor: int) -> bool:
    """Whether a tensor has unchanged values of a model input, or of concatenated branches."""
    makers = graph.producer()
    while (maker := makers.get(tensor)) is not None and not maker.op.united:
        if not (maker.op.moves or maker.op.marker is not None) or tensor != maker.outputs[0]:
            return False
        tensor = maker.inputs[0]
    return True


def _centred(low: Array, high: Array, dtype: str, room: float) -> FeatureScaling:
    """The scaling of ranges from the least to the largest value. A constant feature is a whole number of steps. Its
    half range is its magnitude, or the others' median if that is smaller or it is 0, so that no weight is huge."""
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
    """(features,): whether each never changes."""
    return high - low <= FINEST * np.maximum(np.abs(low), np.abs(high))


def _scaled(low: Array, high: Array, dtype: str, room: float) -> FeatureScaling:
    """The scaling of ranges that include 0, with the zero point for all whose steps have the least geometric mean."""
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


def _factors(node: Node, places: Array) -> Array:
    """(features of the input, ...): the reader's factors of each feature, at all places of its moved values."""
    assert node.op.read is not None
    factors = node.op.read.astype(np.float64).reshape(len(places), -1)
    features = int(places.max()) + 1
    grouped = np.zeros((features, len(places) // features, factors.shape[1]))
    for k in range(features):
        rows = factors[places == k]
        grouped[k, : len(rows)] = rows
    return grouped.reshape(features, -1)


def _noise(low: Array, high: Array, scaling: FeatureScaling, factors: Sequence[Array], most: int) -> float:
    """The power of rounding noise in sums: a changing input is off by at most half its step, a weight by at most half
    its row's step, times the inputs, whose values are uniform in their ranges."""
    offset = np.zeros(len(low)) if scaling.offset is None else scaling.offset
    power = ((low + high) / 2 - offset) ** 2 + ((high - low) / 2) ** 2 / 3
    steps, total = np.where(_still(low, high), 0.0, scaling.gain * scaling.form.scale), 0.0
    for factor in factors:
        total += float(((factor * steps[:, None]) ** 2).sum()) / 12
        total += _weight_noise(power, scaling, factor, most)
    return total


def _weight_noise(power: Array, scaling: FeatureScaling, factors: Array, most: int) -> float:
    """The power of the noise in sums of x, with mean squares ``power``, from rounding weights to steps of their row's
    largest."""
    steps = np.abs(factors * scaling.gain[:, None]).max(axis=0) / most
    return float((steps**2).sum()) / 12 * float((power / scaling.gain**2).sum())


def _reached(graph: Graph, tensor: int, scaling: FeatureScaling) -> dict[int, Array] | None:
    """The tensors with an input's values, and for each the feature at every place of the last axis; None if one has a
    reader that cannot take scaled features."""
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
    """The feature at every place of the last axis after an op that moves values; None if it differs between rows."""
    core, *others = [[n or 1 for n in graph.core(node, tensor)] for tensor in node.inputs]
    if not core:
        return None
    (moved,) = node.op.apply(np.broadcast_to(places + 1.0, (1, *core)), *(np.zeros((1, *one)) for one in others))
    rows = moved.reshape(-1, moved.shape[-1])
    if np.any(rows == 0) or np.any(rows != rows[0]) or graph.shape(node.outputs[0])[-1:] != (len(rows[0]),):
        return None
    return np.asarray(rows[0].astype(np.int64) - 1)
