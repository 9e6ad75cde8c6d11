"""The loop of a causal stream in C."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from ..streams import BufferView, QueueView, StreamTurn, StreamView
from .stages import Argument

CStream = StreamView[Argument]
CTurn = StreamTurn[Argument]


STREAM = "stream"
"""The member with layers' stored frames, if windows work on a copy of it."""


def state_prefix(stream: CStream) -> str:
    """The path of layers' stored frames, before the name of a member."""
    return f"state->{STREAM}." if stream.facts.has_edge_frames else "state->"


def oldest(view: QueueView[Argument], where: str) -> str:
    """The pointer to the oldest frame; ``where`` is from :func:`state_prefix`."""
    place = f"{where}{view.name}_at.held"
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
