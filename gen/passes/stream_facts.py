"""Facts of a model as a causal stream: when frames are ready, and what is stored between steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.errors import UnsupportedError
from ..core.graph import Graph, Node, Shape, count
from ..core.op import Walk

MAX_STEPS = 32767
"""The largest number of steps that fits 16 bits."""


@dataclass(frozen=True)
class Clock:
    """The steps at which a tensor's frames are ready: every ``stride`` steps of the input, the first at step ``first``.

    Args:
        lag: steps by which frames lag because of zeros after the end: without ``finish``, the last ones never come.
        dirty: number of a window's first frames that depend on padding before it.
    """

    stride: int = 1
    first: int = 0
    lag: int = 0
    dirty: int = field(default=0, compare=False, repr=False)

    @property
    def steady(self) -> bool:
        """Whether each step of the input gives a frame."""
        return self == Clock()

    def frames(self, steps: int) -> int:
        """Frames that are ready after ``steps`` steps of the input."""
        return (steps - 1 - self.first) // self.stride + 1


@dataclass(frozen=True)
class Window:
    """A node that reads several frames of one tensor, and the frames that it stores.

    Args:
        walk: its movement along time, including zeros of earlier padding ops.
        frame: values of an input frame.
        given: the clock of the input frames.
        ins, outs: core shapes of its function; the first axis has as many steps as one output needs.
    """

    walk: Walk
    frame: int
    given: Clock
    ins: tuple[Shape, ...]
    outs: tuple[Shape, ...]

    @property
    def reach(self) -> int:
        """The distance from the first frame of a window to the last: so many frames are stored from step to step."""
        return (self.walk.kernel - 1) * self.walk.dilation

    @property
    def placed(self) -> bool:
        """Whether its code must track its position among the frames."""
        return self.reach > 0 or not self.steady

    @property
    def first(self) -> int:
        """Frames needed for the first output."""
        return self.reach + 1 - self.walk.padding[0]

    @property
    def right(self) -> int:
        """Frames of padding after the last one."""
        return max(self.walk.padding[1], 0)

    @property
    def steady(self) -> bool:
        """Whether each input frame gives an output at once."""
        return self.first == 1 and self.walk.stride == 1 and self.right == 0


@dataclass(frozen=True)
class Queue:
    """Frames of one input of a merge that wait for its other inputs."""

    tensor: int
    frames: int
    frame: int


@dataclass(frozen=True)
class FrameBuffer:
    """The last frames of a tensor, in order, for nodes that need them as a whole.

    Args:
        tensor: the tensor of the frames.
        whole: the tensor that the frames form.
        frames: their number.
        frame: values of one.
        hop: frames from one whole to the next.
        given: the clock of the frames.
        before: the number of first frames that every window recomputes, because padding before it affects them.
        behind: the number of further frames at the end that padding after a window affects; the whole includes them.
        skip: frames of a window before the first stored one.
    """

    tensor: int
    whole: int
    frames: int
    frame: int
    hop: int
    given: Clock
    before: int = 0
    behind: int = 0
    skip: int = 0

    @property
    def moves(self) -> bool:
        """Whether windows overlap, so that their place in the buffer changes."""
        return self.hop < self.frames

    @property
    def room(self) -> int:
        """Frames of the buffer's memory: it is a quarter larger than a window, so that few frames are moved to the
        front."""
        spare = min(self.hop * -(-self.frames // (4 * self.hop)), MAX_STEPS - self.hop) if self.moves else 0
        return self.frames + spare + self.behind

    @property
    def has_edge_frames(self) -> bool:
        """Whether windows have frames that they recompute at their edges."""
        return self.before > 0 or self.behind > 0

    @property
    def clock(self) -> Clock:
        """The steps at which a window is complete."""
        last = self.skip + self.frames - 1
        return Clock(self.given.stride * self.hop, self.given.first + last * self.given.stride)


@dataclass(frozen=True)
class Role:
    """A node's role in a stream, for people.

    Args:
        role: ``window`` | ``frame`` | ``merge`` | ``cell`` | ``once`` | ``whole``; empty if it cannot stream.
        holds: (frames, values) stored from step to step.
        clock: the clock of its output.
        why, fix: why it cannot stream, and the remedy.
    """

    node: Node
    role: str = ""
    """``whole``: it needs several frames at once, and computes each output from scratch."""
    holds: tuple[int, int] = (0, 0)
    clock: Clock | None = None
    why: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Streaming:
    """A model as a stream: time tensors have one frame, and the nodes are those of one step.

    Args:
        source: the original graph, on whole sequences.
        graph: the graph of one step; windows work by rows.
        clocks: the clocks of all tensors on the time axis.
        windows, queues: windows and queues by node.
        frame_buffers: buffers of tensors whose last frames are needed as a whole, from scratch for each output.
        lines: the roles of all nodes, in order.
        frames_replayed_at_window_start: a window's first steps that a second stream runs again, because padding before
            the window affects some of its frames.
        frames_recomputed: by node, frames that every window recomputes: those of the replayed steps, and those that
            padding after the window affects.
    """

    source: Graph
    graph: Graph
    clocks: Mapping[int, Clock]
    windows: Mapping[str, Window]
    queues: Mapping[str, tuple[Queue, ...]]
    frame_buffers: tuple[FrameBuffer, ...] = ()
    lines: tuple[Role, ...] = field(default=(), compare=False)
    frames_replayed_at_window_start: int = 0
    frames_recomputed: Mapping[str, int] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """The steps at which the model's outputs are ready, or change."""
        if self.frame_buffers:
            return max((buffer.clock for buffer in self.frame_buffers), key=lambda clock: clock.first)
        ends = [port.tensor for port in self.graph.outputs if port.tensor in self.clocks] or self.ending
        return max((self.clocks[t] for t in ends), key=lambda clock: clock.first)

    @property
    def ending(self) -> list[int]:
        """Tensors on the time axis from which a result without time is computed as the stream goes on."""
        return [node.inputs[0] for node in self.graph.nodes if ends(node) and node.inputs[0] in self.clocks]

    @property
    def fixed(self) -> bool:
        """Whether the length must be known, for example because an output sequence is not as long as the input's."""
        if self.frame_buffers:
            return True
        clock = self.clock
        sequences = any(port.tensor in self.clocks for port in self.graph.outputs)
        by_length = any(
            w.walk.stride > 1 and w.walk.padding not in ((0, 0), (w.reach, 0)) for w in self.windows.values()
        )
        return by_length or (sequences and not (clock.stride == 1 and clock.first == clock.lag))

    @property
    def ended(self) -> bool:
        """Whether there is padding after the last step of the stream, or of each window."""
        return any(window.right for window in self.windows.values())

    @property
    def drains(self) -> bool:
        """Whether outputs remain when the last step has been read."""
        return self.ended and not self.frame_buffers

    @property
    def has_edge_frames(self) -> bool:
        """Whether windows have frames that a copy of the stream recomputes at their edges."""
        return any(buffer.has_edge_frames for buffer in self.frame_buffers)


def macs_per_step(stream: Streaming) -> float:
    """Average multiply-accumulates of a step: each frame's once, those of windows at each hop."""
    total = 0.0
    for node in stream.graph.nodes:
        window = stream.windows.get(node.name)
        cores = window.ins if window else tuple(stream.graph.core(node, t) for t in node.inputs)
        clock = stream.clocks.get(node.outputs[0], stream.clock)
        timed = node.outputs[0] in stream.clocks
        positions = count(stream.graph.shape(node.outputs[0])[1 if timed else 0 : node.lead])
        outputs = (window.outs[0][0] or 1) if window else 1
        recomputed = stream.frames_recomputed.get(node.name, 0) / stream.clock.stride
        total += node.op.macs(*cores) * positions / outputs * (1 / clock.stride + recomputed)
    return total


def sequences(graph: Graph) -> list[int]:
    """The inputs that have steps: those of frames, or of numbers that a layer takes one by one."""
    walked = {tensor for node in graph.nodes if node.lead for tensor in node.inputs}
    inputs = (port.tensor for port in graph.inputs)
    return [tensor for tensor in inputs if len(graph.shape(tensor)) > 1 or tensor in walked]


def ends(node: Node) -> bool:
    """Whether a node computes a result without time from the frames that it reads."""
    return node.op.carry is not None and len(node.outputs) > 1


class StreamError(UnsupportedError):
    """A model that cannot be computed step by step, and the remedy."""
