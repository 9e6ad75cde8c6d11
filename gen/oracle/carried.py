"""Compares windows whose cells carry states from window to window with windows computed from zero states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..core.errors import DataError, UnsupportedError
from ..core.graph import Array, Graph, Port
from ..core.op import View
from ..layers.reshape import Reshape
from ..passes.stream_facts import FrameBuffer, Streaming
from .reference import Reference

MOST = 500
"""Most windows computed per recording, evenly spaced."""


@dataclass(frozen=True)
class CarryDistance:
    """The distance of outputs with carried states from the model's own.

    Args:
        windows: number of compared windows.
        largest: the largest difference of two values. scale: the largest value of the model's own outputs.
        classes: windows whose class, the largest value, differs; None if outputs are single values.
    """

    windows: int
    largest: float
    scale: float
    classes: int | None

    def __str__(self) -> str:
        text = f"off by at most {self.largest:.2g} (the largest is {self.scale:.2g}) in {self.windows:,} windows"
        return text if self.classes is None else f"{text}, of which {self.classes:,} name another class"


def carried(stream: Streaming, recordings: Sequence[Sequence[Array]]) -> CarryDistance:
    """Compute windows of recordings twice: with the states of the window before, and each from zero states.

    Args:
        stream: windows whose cells carry states from window to window, in floats or integers.
        recordings: real numbers, (samples, steps, ...) for each input of each recording.

    Raises:
        DataError: no recording is long enough for a second window.
        UnsupportedError: an input has no steps.
    """
    model = stream.source
    if any(port.tensor not in stream.clocks for port in model.inputs):
        raise UnsupportedError("--carry-state cannot be judged: an input of the model has no steps", fix="--stream")
    length, hop = int(model.shape(model.inputs[0].tensor)[0] or 0), stream.clock.stride
    remainder = _remainder(stream)
    going_on, alone = [], []
    for recording in recordings:
        inputs = _numbers(model, recording)
        windows = (inputs[0].shape[1] - length) // hop
        frames = _frames(stream, inputs) if windows > 0 else {}
        for window in np.unique(np.linspace(1, windows, min(max(windows, 0), MOST)).round().astype(int)):
            last = [_last_frames(frames[buffer.tensor], buffer, window) for buffer in stream.frame_buffers]
            going_on.append(_run(remainder, last))
            alone.append(_run(model, [x[:, window * hop : window * hop + length] for x in inputs]))
    if not alone:
        raise DataError(
            f"no recording is longer than a window and a hop, {length + hop} steps",
            why="what --carry-state changes is measured on recordings that several windows go along",
            fix="give longer ones: (samples, steps, values)",
        )
    return _difference(model, going_on, alone)


def _numbers(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    """Real inputs in the graph's type: its integers, or float64."""
    forms = [graph.tensor(port.tensor).format for port in graph.inputs]
    return [
        form.quantize(x) if _integer(graph) else np.asarray(x, np.float64)
        for form, x in zip(forms, inputs, strict=True)
    ]


def _integer(graph: Graph) -> bool:
    return graph.tensor(graph.outputs[0].tensor).format.integer


def _run(graph: Graph, inputs: Sequence[Array]) -> list[Array]:
    return Reference(graph, np.int64 if _integer(graph) else np.float64).run(inputs)


def _frames(stream: Streaming, inputs: Sequence[Array]) -> dict[int, Array]:
    """All frames that a stream computes from recordings, (samples, frames, ...) by tensor."""
    model = stream.source
    values = {port.tensor: x for port, x in zip(model.inputs, inputs, strict=True)}
    source_nodes = {node.name: node for node in model.nodes}
    for node in stream.graph.nodes:
        if not stream.clocks.keys() & set(node.inputs):
            continue
        op, first = source_nodes[node.name].op, values[node.inputs[0]]
        if op.view is View.SAME and node.lead == 0:
            op = Reshape((first.shape[1], *model.shape(node.outputs[0])[1:]))
        count = min(values[t].shape[1] for t in node.inputs)
        lead = (len(first), *((count,) if node.lead else ()), *first.shape[2 : node.lead + 1])
        cores = [values[t][:, :count] if node.lead else values[t] for t in node.inputs]
        outputs, _ = op.run([x.reshape(-1, *x.shape[node.lead + 1 :]) for x in cores], ())
        for ident, result in zip(node.outputs, outputs, strict=True):
            values[ident] = result.reshape(*lead, *result.shape[1:])
    return values


def _last_frames(frames: Array, buffer: FrameBuffer, window: int) -> Array:
    """The frames in a buffer when a window is complete."""
    end = buffer.skip + buffer.frames + window * buffer.hop
    return frames[:, end - buffer.frames : end]


def _remainder(stream: Streaming) -> Graph:
    """The graph that computes a window's outputs from the frames of its buffers."""
    nodes = tuple(node for node in stream.graph.nodes if not stream.clocks.keys() & set(node.inputs))
    ports = tuple(Port(str(buffer.whole), buffer.whole) for buffer in stream.frame_buffers)
    return replace(stream.graph, nodes=nodes, inputs=ports)


def _difference(graph: Graph, ours: Sequence[Sequence[Array]], theirs: Sequence[Sequence[Array]]) -> CarryDistance:
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
    return CarryDistance(windows, largest, scale, classes)
