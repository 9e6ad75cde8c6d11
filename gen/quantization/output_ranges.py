"""Ranges of model outputs that are far from 0, such as a price or a pressure.

If the range without 0 has a finer step, an output's integers mean ``gain y' + offset`` (like an input's, see
:mod:`.feature_scaling`). Its layer computes y' instead, with another bias, and the port's zero point is beyond the
type. A layer that cannot compute y' computes in 16 bits and its output is requantized.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.formats import Array, Format, covering
from ..core.graph import Graph, Node
from ..core.op import Op
from ..layers.integer.base import Range
from ..layers.integer.requantize import Requantize, requantize
from .feature_scaling import FeatureScaling

FINEST = 2.0**-24
"""Least scale of an output as a share of its middle: float32's own step there."""
FINER = 1.4
"""Least ratio by which the step must become finer: 3 dB."""
FINER_BY_REQUANTIZING = 2.0
"""The same if it takes an additional op."""
SEPARATE = 10**0.5
"""Least ratio of the union of the features' ranges to the largest of them for separate ranges: the features' positions
differ more than their sizes. Other features keep one order of integers, as argmax expects."""


@dataclass(frozen=True, eq=False)
class OutputScaling(FeatureScaling):
    """The scaling of an output: its layer computes y' within the symmetric ``reach``, if the float layer computes
    ``gain y' + offset``."""

    @property
    def reach(self) -> Range:
        most = self.form.scale * (127.5 if self.form.dtype == "int8" else 32767)
        return -most, most

    def format_of_values(self, form: Format) -> Format:
        each = super().format_of_values(form)
        if len(self.gain) > 1:
            return each
        scales, zeros = each.each
        return replace(form, scale=float(scales[0]), zero=int(zeros[0]))

    def giving(self, op: Op) -> Op | None:
        """The op that computes y'."""
        offset = np.asarray(self.offset)
        low = self.gain * self.form.scale * self.form.low + offset
        return op.giving(self.gain, offset, bool(np.all(low >= 0)))

    def eighths(self, low: float, high: float) -> int:
        """The least number of eighths of a step for the steps of values between other ends."""
        offset = float(np.asarray(self.offset)[0])
        return max(8, int(np.ceil(8 * max(high - offset, offset - low) / self.reach[1])))

    def coarser(self, eighths: int) -> OutputScaling:
        """The scaling with steps of this many eighths of the present ones."""
        return replace(self, form=replace(self.form, scale=float(np.float32(self.form.scale * eighths / 8))))


def scaling_of_output(
    graph: Graph,
    tensor: int,
    dtype: str,
    span_of: Callable[[int], Range],
    features: Sequence[Range] | None,
    room: float,
) -> dict[int, OutputScaling]:
    """The scalings, by tensor, of an output and of the tensors from which its values are moved or pooled, back to where
    they are computed. Empty if 0 is within the range or near it, or an op cannot compute the scaled values.

    Args:
        graph: the float graph.
        dtype: type of the output's integers.
        span_of: function of a tensor that returns its least and largest value.
        features: the same for each place along the output's last axis, if known.
        room: headroom: ratio of its range to the calibrated one, around its middle.
    """
    span = span_of(tensor)
    tries = [np.array([span])]
    if features is not None and len(features) == graph.shape(tensor)[-1]:
        sizes = [high - low for low, high in features]
        union = max(high for _, high in features) - min(low for low, _ in features)
        if union >= SEPARATE * max(sizes):
            tries.insert(0, np.array(features))
    for spans in tries:
        if len(spans) == 1 and not is_far_from_zero(*span, dtype):
            continue
        low, high = spans.T
        if not np.any(high > low):  # all are constant
            continue
        scaling = _around_middles(low, high, dtype, room)
        scalings, pooled = _back_to_makers(graph, tensor, scaling)
        if pooled:  # offsets are integer multiples of the output's steps and of those before pooling
            coarse = max(scaling.eighths(*span_of(tensor)) for tensor in pooled)
            scaling = _around_middles(low, high, dtype, room, coarse)
            scalings, _ = _back_to_makers(graph, tensor, scaling, coarse)
        if scalings:
            return scalings
    return {}


def compensated(graph: Graph, errors: Mapping[int, Array]) -> Graph:
    """The graph whose biases take mean errors off its outputs. An output keeps its error if it is computed without a
    bias of its own, or by weights that other nodes use too, which are stored once.

    Args:
        errors: by tensor id, for each place along an output's last axis.
    """
    changed: dict[int, Op] = {}
    keys, makers = Counter(node.op.key() for node in graph.nodes), graph.producer()
    for tensor, error in errors.items():
        most = 2 * float(np.abs(error).max()) or 1.0  # a range around 0, so that a relu keeps its bias
        scaling = OutputScaling(np.ones(len(error)), error, covering(-most, most, "int8"))
        scalings, _ = _back_to_makers(graph, tensor, scaling)
        ops = {one: op for one, scaling in scalings.items() if (op := scaling.giving(makers[one].op))}
        if all(keys[makers[one].op.key()] == 1 for one in ops):
            changed |= ops
    return replace(graph, nodes=tuple(replace(n, op=changed.get(n.outputs[0], n.op)) for n in graph.nodes))


def is_far_from_zero(low: float, high: float, dtype: str, finer: float = FINER) -> bool:
    """Whether a range has a step finer by the ratio ``finer`` without 0 than with it."""
    half = (high - low) / 2
    return high > low and covering(low, high, dtype).scale >= finer * covering(-half, half, dtype).scale


def away(source: Format, low: float, high: float) -> tuple[Requantize, Format]:
    """The op that requantizes int16 to int8 from ``low`` to ``high``, around a middle; and the format of the result,
    whose zero point is beyond the type. The middle is an integer multiple of the steps of both formats."""
    middle = round((low + high) / 2 / source.scale)
    steps = round(middle * source.scale / max((high - low) / 255, source.scale))  # finer steps would be unused
    result = Format("int8", float(np.float32(middle * source.scale / steps)))
    return requantize(replace(source, zero=middle), result), replace(result, zero=-steps)


def _around_middles(low: Array, high: Array, dtype: str, room: float, coarse: int = 1) -> OutputScaling:
    """The scaling of ranges around their middles. A constant feature gets the size of the others; steps are not so
    small that float32 has few bits for them.

    Args:
        coarse: offsets are integer multiples of this many steps.
    """
    halves, middles = (high - low) / 2 * room, (high + low) / 2
    halves = np.where(halves > 0, halves, np.median(halves[halves > 0]))
    form = covering(-1.0, 1.0, dtype)
    halves = np.maximum(halves * (1 + (coarse - 1) / 2 * form.scale), np.finfo(np.float32).tiny / form.scale)
    gain = (np.maximum(halves, FINEST * np.abs(middles) / form.scale)).astype(np.float32).astype(np.float64)
    if len(gain) == 1:
        form, gain = covering(-float(gain[0]), float(gain[0]), dtype), np.ones(1)
    steps = (gain * form.scale).astype(np.float32).astype(np.float64)
    return OutputScaling(gain, np.round(middles / (coarse * steps)) * (coarse * steps), form)


def _back_to_makers(
    graph: Graph, tensor: int, scaling: OutputScaling, eighths: int = 8
) -> tuple[dict[int, OutputScaling], set[int]]:
    """The scalings of an output and of each tensor from which its values are moved or pooled; empty if one of them has
    another use, or an op cannot compute its scaled values. Also the tensors that are pooled, by ops that preserve the
    scaling: their steps are ``eighths`` of the output's.
    """
    makers, consumers = graph.producer(), graph.consumers()
    ports = [port.tensor for port in graph.outputs]
    scalings: dict[int, OutputScaling] = {}
    pooled: set[int] = set()
    pending, first = [(tensor, scaling)], scaling.form
    while pending:
        tensor, scaling = pending.pop()
        if tensor not in makers or len(consumers[tensor]) + ports.count(tensor) != 1:
            return {}, pooled
        node, scalings[tensor] = makers[tensor], scaling
        if node.op.affine:
            if len(scaling.gain) > 1:
                return {}, pooled
            before = scaling.coarser(eighths) if scaling.form == first else scaling
            pending += [(tensor, before) for tensor in node.inputs]
            pooled.update(node.inputs)
        elif node.op.moves or node.op.united:
            parts = _before(graph, node, scaling)
            if parts is None:
                return {}, pooled
            pending += zip(node.inputs, parts, strict=False)
        elif scaling.giving(node.op) is None:
            return {}, pooled
    return scalings, pooled


def _before(graph: Graph, node: Node, scaling: OutputScaling) -> list[OutputScaling] | None:
    """The scalings of the inputs whose values an op moves, the first or all; None if a feature of an input is at no
    place of the output, or at places with different scalings."""
    if len(scaling.gain) == 1:
        return [scaling] * (len(node.inputs) if node.op.united else 1)
    cores = [[n or 1 for n in graph.core(node, tensor)] for tensor in node.inputs]
    if not all(cores) or not (node.op.united or len(cores) == 1):
        return None
    ends = np.cumsum([core[-1] for core in cores])
    each = [np.arange(end - core[-1], end) for end, core in zip(ends, cores, strict=True)]
    (moved,) = node.op.apply(*(np.broadcast_to(k + 1, (1, *core)) for k, core in zip(each, cores, strict=True)))
    rows = moved.reshape(-1, moved.shape[-1])
    places = [np.unique(np.nonzero(rows == k + 1)[1]) for k in range(int(ends[-1]))]
    if rows.shape[1] != len(scaling.gain) or any(len(one) != 1 for one in places):
        return None
    place = np.concatenate(places)
    return [OutputScaling(scaling.gain[place[k]], np.asarray(scaling.offset)[place[k]], scaling.form) for k in each]
