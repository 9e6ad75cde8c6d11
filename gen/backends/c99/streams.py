"""The loop of a causal stream in C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ..streams import BufferView, QueueView, StreamTurn, StreamView
from .stages import Argument

CStream = StreamView[Argument]
CTurn = StreamTurn[Argument]


STREAM = "stream"
"""The member with layers' stored frames, if windows work on a copy of it."""


@dataclass(frozen=True)
class RingBounds:
    """Bounds of a layer's position in the frames, on which a step relies to stay within a ring buffer.

    Args:
        place: the member of the state with the position.
        next, held, ended: the largest value of each.
        came: the least and the largest value.
        full: frames in the ring buffer once that many have come; 0 if padding stands for missing ones.
    """

    place: str
    next: int
    held: int = 0
    ended: int = 0
    came: tuple[int, int] = (0, 0)
    full: int = 0


def bounds(stream: CStream) -> tuple[RingBounds, ...]:
    """Bounds of each position in the state between steps, when no window is being finished."""
    where = f"{STREAM}." if stream.facts.has_edge_frames else ""
    limits = []
    for turn in stream.windows:
        w = turn.window
        if w is None or not w.placed:
            continue
        counts = w.first > 1 or w.walk.stride > 1
        came = (min(0, w.first - w.walk.stride), max(0, w.first - 1)) if counts else (0, 0)
        right = 0 if stream.facts.has_edge_frames else w.right
        full = 0 if any(w.walk.padding) else w.ring
        limits.append(RingBounds(f"{where}{turn.name}_at", max(0, w.ring - 1), w.ring, right, came, full))
    for view in stream.queues:
        limits.append(RingBounds(f"{where}{view.name}_at", view.queue.frames - 1, view.queue.frames))
    for one in stream.buffers:
        b = one.buffer
        reach = b.skip + b.frames
        last = b.room - b.frames - b.behind if b.moves else 0
        limits.append(RingBounds(f"{one.name}_at", last, int(b.has_edge_frames), 0, (min(0, reach - b.hop), reach)))
    return tuple(limits)


def state_prefix(stream: CStream) -> str:
    """The path of layers' stored frames, before the name of a member."""
    return f"state->{STREAM}." if stream.facts.has_edge_frames else "state->"


def oldest(view: QueueView[Argument], where: str) -> str:
    """The pointer to the oldest frame; ``where`` is from :func:`state_prefix`."""
    place = f"oldest(&{where}{view.name}_at, {view.queue.frames})"
    return f"{where}{view.name} + " + (f"(size_t){place} * {view.queue.frame}" if view.queue.frame > 1 else place)


def inputs(turn: CTurn, where: str) -> list[Argument]:
    """The inputs of a node's function; frames of a queue replace those that have just come."""
    return [
        replace(argument, text=oldest(turn.waiting[position], where)) if position in turn.waiting else argument
        for position, argument in enumerate(turn.call.inputs)
    ]


def row(turn: CTurn) -> str:
    """The function that computes a frame of a window's output from pointers to its input frames."""
    return turn.call.function.removesuffix("_forward") + "_row"


def opened(stream: CStream, arguments: Sequence[str]) -> list[str]:
    """The arguments of the loop's function while frames come."""
    return [arguments[0], *(["READY"] if stream.facts.ended else []), *arguments[1:]]


def ended(stream: CStream, arguments: Sequence[str], inputs: Sequence[str]) -> list[str]:
    """The same after the last frame."""
    pointers = ["NULL" if argument.split(" + t")[0] in inputs else argument for argument in arguments[1:]]
    return [arguments[0], "ENDED", *pointers]


def replayed(stream: CStream, arguments: Sequence[str], inputs: Mapping[str, str]) -> list[str]:
    """The same for step t of a complete window: ``inputs`` has the frames of each input."""
    return opened(stream, [inputs.get(argument, argument) for argument in arguments])


def frame_of(view: BufferView[Argument]) -> str:
    """Step t of an input's buffer."""
    at = f"{view.name}_at"
    t = f"(state->{at}.next + t)" if view.buffer.moves else "t"
    return f"state->{view.name} + " + (t if view.buffer.frame == 1 else f"(size_t){t} * {view.buffer.frame}")
