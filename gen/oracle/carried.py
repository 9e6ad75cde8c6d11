"""Windows whose cells go on from each to the next, compared with windows computed alone: how far answers are apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.errors import DataError, UnsupportedError
from ..core.graph import Array, Graph, Node, Port
from ..core.op import View
from ..layers.reshape import Reshape
from ..passes.stream_facts import Kept, Streaming
from .reference import Reference

MOST = 500
"""Windows of a recording that are computed, evenly spaced."""


@dataclass(frozen=True)
class Apart:
    """How far answers are apart.

    Args:
        windows: how many were compared.
        largest: the largest difference of two values. scale: the largest value of the model's own.
        classes: windows whose largest value is another one; None where outputs are single values.
    """

    windows: int
    largest: float
    scale: float
    classes: int | None

    def __str__(self) -> str:
        told = f"off by at most {self.largest:.2g} (the largest is {self.scale:.2g}) in {self.windows:,} windows"
        return told if self.classes is None else f"{told}, of which {self.classes:,} name another class"


def carried(found: Streaming, recordings: Sequence[Sequence[Array]]) -> Apart:
    """Compute windows both ways.

    Args:
        found: windows with states that are carried, in floats or integers.
        recordings: each (samples, steps, ...) one an input, in real numbers.

    Raises:
        DataError: none is long enough for a second window.
        UnsupportedError: an input has no steps.
    """
    source = found.source
    if any(port.tensor not in found.clocks for port in source.inputs):
        raise UnsupportedError("--carry-state cannot be judged: an input of the model has no steps", fix="--stream")
    integer = source.tensor(source.outputs[0].tensor).format.integer
    steps, hop = int(source.shape(source.inputs[0].tensor)[0] or 0), found.clock.stride
    ours, theirs = [], []
    for recording in recordings:
        many = (recording[0].shape[1] - steps) // hop
        if many < 1:
            continue
        numbers = np.unique(np.linspace(1, many, min(many, MOST)).round().astype(int))
        given = [
            source.tensor(port.tensor).format.quantize(x) if integer else np.asarray(x, np.float64)
            for port, x in zip(source.inputs, recording, strict=True)
        ]
        wholes = _wholes(found, given)
        for number in numbers:
            first = int(number) * hop
            ours.append(_run(_behind(found), [_kept(wholes[k.tensor], k, int(number)) for k in found.kept], integer))
            theirs.append(_run(source, [x[:, first : first + steps] for x in given], integer))
    if not ours:
        raise DataError(
            f"no recording is longer than a window and a hop, {steps + hop} steps",
            why="what --carry-state changes is measured on recordings that several windows go along",
            fix="give longer ones: (samples, steps, values)",
        )
    return _apart(source, ours, theirs)


def _run(graph: Graph, inputs: Sequence[Array], integer: bool) -> list[Array]:
    return Reference(graph, np.int64 if integer else np.float64).run(inputs)


def _wholes(found: Streaming, given: Sequence[Array]) -> dict[int, Array]:
    """All frames that a stream makes of whole recordings, by tensor."""
    values = {port.tensor: x for port, x in zip(found.source.inputs, given, strict=True)}
    own = {node.name: node for node in found.source.nodes}
    for node in found.graph.nodes:
        if not found.clocks.keys() & set(node.inputs):
            continue
        op = own[node.name].op
        frames = values[node.inputs[0]].shape[1]
        if op.view is View.SAME and node.lead == 0:
            op = Reshape((frames, *found.source.shape(node.outputs[0])[1:]))
        many = min(values[t].shape[1] for t in node.inputs)
        lead = (len(given[0]), *((many,) if node.lead else ()), *values[node.inputs[0]].shape[2 : node.lead + 1])
        cores = [
            x.reshape(-1, *x.shape[node.lead + 1 :])
            for x in (values[t][:, :many] if node.lead else values[t] for t in node.inputs)
        ]
        outputs, _ = op.run(cores, ())
        for ident, result in zip(node.outputs, outputs, strict=True):
            values[ident] = result.reshape(*lead, *result.shape[1:])
    return values


def _kept(frames: Array, kept: Kept, number: int) -> Array:
    """The frames that are kept when a window is complete."""
    end = kept.skip + kept.frames + number * kept.hop
    return frames[:, end - kept.frames : end]


def _behind(found: Streaming) -> Graph:
    """What is computed of a window's frames."""
    nodes: list[Node] = [node for node in found.graph.nodes if not found.clocks.keys() & set(node.inputs)]
    ports = tuple(Port(str(kept.whole), kept.whole) for kept in found.kept)
    return replace(found.graph, nodes=tuple(nodes), inputs=ports)


def _apart(graph: Graph, ours: Sequence[Sequence[Array]], theirs: Sequence[Sequence[Array]]) -> Apart:
    largest, scale, classes = 0.0, 0.0, None
    for index, port in enumerate(graph.outputs):
        form = graph.tensor(port.tensor).format
        one, two = (np.concatenate([y[index] for y in side]) for side in (ours, theirs))
        if form.integer:
            one, two = form.real(one), form.real(two)
        largest = max(largest, float(np.abs(one - two).max(initial=0.0)))
        scale = max(scale, float(np.abs(two).max(initial=0.0)))
        if len(graph.outputs) == 1 and one.ndim == 2 and one.shape[1] > 1:
            classes = int((one.argmax(axis=1) != two.argmax(axis=1)).sum())
    windows = sum(len(each[0]) for each in ours)
    return Apart(windows, largest, scale, classes)
