"""What is known of a model as a causal stream: when frames are there, and what is kept between steps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..core.errors import UnsupportedError
from ..core.graph import Graph, Node, Shape, count
from ..core.op import Walk

MOST = 32767
"""Steps that 16 bits count."""


@dataclass(frozen=True)
class Clock:
    """When a tensor's frames are there: every ``stride`` steps of the input, the first with step ``first``.

    Args:
        lag: how many steps of these come to nothing if the stream is never finished: zeros behind the end.
    """

    stride: int = 1
    first: int = 0
    lag: int = 0

    @property
    def steady(self) -> bool:
        """Whether each step of the input brings a frame."""
        return self == Clock()

    def frames(self, steps: int) -> int:
        """Frames that have come with so many steps of the input."""
        return (steps - 1 - self.first) // self.stride + 1


@dataclass(frozen=True)
class Window:
    """A node that reads several frames of one tensor, and what it keeps of them.

    Args:
        walk: how it goes along time, zeros of pads before it included.
        frame: values of a frame that it reads.
        given: when these frames are there.
        ins, outs: core shapes of its function, whose first axis has as many steps as one output needs.
    """

    walk: Walk
    frame: int
    given: Clock
    ins: tuple[Shape, ...]
    outs: tuple[Shape, ...]

    @property
    def reach(self) -> int:
        """From the first frame that an output sees to the last."""
        return (self.walk.kernel - 1) * self.walk.dilation

    @property
    def ring(self) -> int:
        """Frames kept from step to step."""
        return self.reach

    @property
    def placed(self) -> bool:
        """Whether it must know where it is in the frames that come."""
        return self.ring > 0 or not self.steady

    @property
    def first(self) -> int:
        """How many frames must have come for the first output."""
        return self.reach + 1 - self.walk.padding[0]

    @property
    def right(self) -> int:
        """Frames of padding behind the last one."""
        return max(self.walk.padding[1], 0)

    @property
    def steady(self) -> bool:
        """Whether each frame that comes brings an output at once."""
        return self.first == 1 and self.walk.stride == 1 and self.right == 0


@dataclass(frozen=True)
class Queue:
    """Frames of one input of a merge that wait for its other inputs."""

    tensor: int
    frames: int
    frame: int


@dataclass(frozen=True)
class FrameBuffer:
    """The last frames of a tensor, in order, for what sees them as a whole.

    Args:
        tensor: whose they are. whole: the tensor that they make up.
        frames: how many. frame: values of one.
        hop: frames from one whole to the next.
        given: when they are there.
        before: how many of the first ones are each window's own, since padding before it decides them.
        behind: how many more there are of a window that padding after it decides: the whole has these too.
        skip: frames of a window that come before those that are kept.
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
        """Whether wholes have frames in common, so that their place changes."""
        return self.hop < self.frames

    @property
    def room(self) -> int:
        """Frames that there is room for: with a quarter more than a whole, few of them move to the front again."""
        spare = min(self.hop * -(-self.frames // (4 * self.hop)), MOST - self.hop) if self.moves else 0
        return self.frames + spare + self.behind

    @property
    def has_edge_frames(self) -> bool:
        """Whether windows have frames that are their own."""
        return self.before > 0 or self.behind > 0

    @property
    def clock(self) -> Clock:
        """When there is a whole."""
        last = self.skip + self.frames - 1
        return Clock(self.given.stride * self.hop, self.given.first + last * self.given.stride)


@dataclass(frozen=True)
class Line:
    """What is known of a node, for people.

    Args:
        role: ``window`` | ``frame`` | ``merge`` | ``cell`` | ``once``; empty where it cannot stream.
        holds: (frames, values) kept from step to step.
        clock: when its output is there.
        why, fix: why it cannot stream, and what would make it possible.
    """

    node: Node
    role: str = ""
    """What it is; ``whole`` where it sees several frames at once, anew for each output."""
    holds: tuple[int, int] = (0, 0)
    clock: Clock | None = None
    why: str = ""
    fix: str = ""


@dataclass(frozen=True)
class Streaming:
    """A graph of one step: time tensors have one frame, nodes are those that a step computes.

    Args:
        source: the graph as it was, whole sequences.
        graph: of one step; windows by rows.
        clocks: of all tensors on the time axis.
        windows, queues: by node.
        frame_buffers: of tensors whose last frames are seen as a whole, anew for each output.
        lines: of all nodes, in order.
        frames_replayed_at_window_start: a window's first steps that go through a stream of their own, where padding
            before the window decides some of its frames.
        frames_recomputed: by node, frames that every window computes for itself: those, and the ones that padding
            behind it decides.
    """

    source: Graph
    graph: Graph
    clocks: Mapping[int, Clock]
    windows: Mapping[str, Window]
    queues: Mapping[str, tuple[Queue, ...]]
    frame_buffers: tuple[FrameBuffer, ...] = ()
    lines: tuple[Line, ...] = field(default=(), compare=False)
    frames_replayed_at_window_start: int = 0
    frames_recomputed: Mapping[str, int] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        """When the model's outputs are there, or change."""
        if self.frame_buffers:
            return max((buffer.clock for buffer in self.frame_buffers), key=lambda clock: clock.first)
        ends = [port.tensor for port in self.graph.outputs if port.tensor in self.clocks] or self.ending
        return max((self.clocks[t] for t in ends), key=lambda clock: clock.first)

    @property
    def ending(self) -> list[int]:
        """Tensors on the time axis that something without time is made of, as they go on."""
        return [node.inputs[0] for node in self.graph.nodes if ends(node) and node.inputs[0] in self.clocks]

    @property
    def fixed(self) -> bool:
        """Whether the length must be known: where a sequence is put out that is not as long as the input's."""
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
        """Whether padding stands behind a last step: of the stream, or of each window."""
        return any(window.right for window in self.windows.values())

    @property
    def drains(self) -> bool:
        """Whether outputs are left when the last step has come."""
        return self.ended and not self.frame_buffers

    @property
    def has_edge_frames(self) -> bool:
        """Whether windows have frames that are their own, which a copy of the stream makes."""
        return any(buffer.has_edge_frames for buffer in self.frame_buffers)


def work(stream: Streaming) -> float:
    """Multiply-accumulates of a step, on average: what is computed of each frame once, of windows at each hop."""
    total = 0.0
    for node in stream.graph.nodes:
        window = stream.windows.get(node.name)
        cores = window.ins if window else tuple(stream.graph.core(node, t) for t in node.inputs)
        clock = stream.clocks.get(node.outputs[0], stream.clock)
        timed = node.outputs[0] in stream.clocks
        positions = count(stream.graph.shape(node.outputs[0])[1 if timed else 0 : node.lead])
        outputs = (window.outs[0][0] or 1) if window else 1
        again = stream.frames_recomputed.get(node.name, 0) / stream.clock.stride
        total += node.op.macs(*cores) * positions / outputs * (1 / clock.stride + again)
    return total


def ends(node: Node) -> bool:
    """Whether a node makes something without time of what it goes along."""
    return node.op.carry is not None and len(node.outputs) > 1


class StreamError(UnsupportedError):
    """A model that cannot be computed step by step, and what would make it possible."""
