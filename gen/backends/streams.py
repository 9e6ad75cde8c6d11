"""The loop of a causal stream as turns: the calls that are due at a step, and the frames stored for later steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic

from ..core.graph import Node
from ..passes.schedule import Schedule
from ..passes.stream_facts import FrameBuffer, Queue, Streaming, Window
from .calls import At, Call, StageCalls

READY = "now"
"""The variable for the input of a step, in a stream that can end."""


@dataclass(frozen=True)
class QueueView(Generic[At]):
    """Frames that wait for the other inputs of a merge.

    Args:
        name: the member of the state with the frames; ``NAME_at`` has their position.
        x: the source of a frame.
        due: the variable for "a frame is ready"; empty if one always is.
    """

    queue: Queue
    name: str
    x: At
    due: str


@dataclass(frozen=True)
class BufferView(Generic[At]):
    """The last frames of a tensor, in order.

    Args:
        name: the member of the state with the frames; ``NAME_at`` has their position.
        x: the source of a frame.
        dtype: NumPy's name of the type of its values.
        input_ready, output_ready: the variables for "a frame is ready" and "all frames are ready".
    """

    buffer: FrameBuffer
    name: str
    x: At
    dtype: str
    input_ready: str
    output_ready: str


@dataclass(frozen=True)
class StreamTurn(Generic[At]):
    """A node of the loop.

    Args:
        name: the node's identifier.
        title: its layer.
        call: the call of its function.
        input_ready: the variable for "its input is ready"; empty if it always is.
        output_ready: the same for its output.
        window: its window, if it reads several frames.
        dtypes: NumPy's names of the types of its first input and its output.
        queues: queues of inputs that wait.
        waiting: the same, by position of the input.
        buffers: buffers of the last frames of its outputs.
    """

    name: str
    title: str
    call: Call[At]
    input_ready: str
    output_ready: str
    window: Window | None
    dtypes: tuple[str, str]
    queues: tuple[QueueView[At], ...]
    waiting: Mapping[int, QueueView[At]]
    buffers: tuple[BufferView[At], ...]

    @property
    def steady(self) -> bool:
        """Whether its output is ready whenever its input is."""
        return self.input_ready == self.output_ready


@dataclass(frozen=True)
class StreamView(Generic[At]):
    """The loop of a stream.

    Args:
        facts: the graph of a step, and the facts of its frames.
        turns: in order.
        first: frame buffers of the inputs.
        result: the variable for "the model's outputs are ready"; empty if they always are.
    """

    facts: Streaming
    stage: StageCalls[At]
    turns: tuple[StreamTurn[At], ...]
    first: tuple[BufferView[At], ...]
    result: str

    @property
    def waits(self) -> bool:
        """Whether a step may have no output."""
        return self.facts.ended or bool(self.result)

    @property
    def windows(self) -> tuple[StreamTurn[At], ...]:
        return tuple(turn for turn in self.turns if turn.window is not None)

    @property
    def padding_turns(self) -> int:
        """The most turns of padding that follow the last step: positions from elsewhere may ask for more."""
        return sum(turn.window.right for turn in self.turns if turn.window is not None)

    @property
    def rings(self) -> tuple[StreamTurn[At], ...]:
        """Windows that store earlier frames."""
        return tuple(turn for turn in self.windows if turn.window and turn.window.reach)

    @property
    def queues(self) -> tuple[QueueView[At], ...]:
        return tuple(queue for turn in self.turns for queue in turn.queues)

    @property
    def buffers(self) -> tuple[BufferView[At], ...]:
        """Frame buffers of inputs and of outputs of nodes."""
        return (*self.first, *(view for turn in self.turns for view in turn.buffers))

    @property
    def variables_read(self) -> set[str]:
        """The variables that the code reads."""
        asked = {turn.input_ready for turn in self.turns} | {view.input_ready for view in self.buffers}
        return {self.result} | asked | {queue.due for queue in self.queues}

    @property
    def ended_last(self) -> tuple[BufferView[At], ...]:
        """Frame buffers whose last frames come when a window is finished."""
        return tuple(view for view in self.buffers if view.buffer.behind)


@dataclass(frozen=True)
class RingBounds:
    """Bounds of a layer's position in the frames, on which a step relies to stay within a ring buffer.

    Args:
        place: the member of the state with the position.
        next, held, ended: the largest value of each; in MicroPython only queues have ``next``.
        came: the least and the largest value.
        full: frames in the ring buffer once that many have come; 0 if padding stands for missing ones.
    """

    place: str
    next: int
    held: int = 0
    ended: int = 0
    came: tuple[int, int] = (0, 0)
    full: int = 0


def bounds(stream: StreamView[Any], where: str = "") -> Iterator[RingBounds]:
    """Bounds of each position in the state between steps, when no window is being finished; ``where`` is the path of
    layers' stored frames in the state."""
    for turn in stream.windows:
        w = turn.window
        if w is None or not w.placed:
            continue
        counts = w.first > 1 or w.walk.stride > 1
        came = (min(0, w.first - w.walk.stride), max(0, w.first - 1)) if counts else (0, 0)
        right = 0 if stream.facts.has_edge_frames else w.right
        full = 0 if any(w.walk.padding) else w.reach
        yield RingBounds(f"{where}{turn.name}_at", max(0, w.reach - 1), w.reach, right, came, full)
    for view in stream.queues:
        yield RingBounds(f"{where}{view.name}_at", view.queue.frames - 1, view.queue.frames - 1)
    for one in stream.buffers:
        b = one.buffer
        reach = b.skip + b.frames
        last = b.room - b.frames - b.behind if b.moves else 0
        yield RingBounds(f"{one.name}_at", last, int(b.has_edge_frames), 0, (min(0, reach - b.hop), reach))


def stream_view(
    schedule: Schedule, stage: StageCalls[At], names: Mapping[str, str], buffers: Sequence[tuple[str, At]]
) -> StreamView[At]:
    """A stream's loop.

    Args:
        stage: the function of the loop.
        names: identifiers of the nodes.
        buffers: the members of the frame buffers, and the source of a frame.
    """
    stream = schedule.stream
    assert stream is not None
    due = _due(stream, names)
    by_maker = _buffers(schedule, stream, due, buffers)
    turns = []
    for node, call in zip(schedule.stages[0].nodes, stage.calls, strict=True):
        x, y = (stream.graph.tensor(side[0]).format.dtype for side in (node.inputs, node.outputs))
        queues = tuple(_queues(stream, node, call, names[node.name], due))
        late = {queue.queue.tensor: queue for queue in queues}
        turn = StreamTurn(
            name=names[node.name],
            title=node.layer,
            call=call,
            input_ready=due[_latest(stream, node)],
            output_ready=due[node.outputs[0]],
            window=stream.windows.get(node.name),
            dtypes=(x, y),
            queues=queues,
            waiting={position: late[t] for position, t in enumerate(node.inputs) if t in late},
            buffers=tuple(by_maker.get(node.name, ())),
        )
        turns.append(turn)
    first = tuple(by_maker.get("", ()))
    views = [*first, *(view for turn in turns for view in turn.buffers)]
    ends = [port.tensor for port in stream.graph.outputs if port.tensor in stream.clocks] or stream.ending
    if views:
        result = max(views, key=lambda view: view.buffer.clock.first).output_ready
    else:
        result = due[max(ends, key=lambda tensor: stream.clocks[tensor].first)]
    return StreamView(stream, stage, tuple(turns), first, result)


def _latest(stream: Streaming, node: Node) -> int:
    """The input whose frames come last."""
    return max((t for t in node.inputs if t in stream.clocks), key=lambda tensor: stream.clocks[tensor].first)


def _due(stream: Streaming, names: Mapping[str, str]) -> dict[int, str]:
    """By tensor on the time axis, the variable for "a frame is ready"; empty if one always is."""
    due = {port.tensor: READY if stream.ended else "" for port in stream.graph.inputs}
    for node in stream.graph.nodes:  # views too
        if stream.clocks.keys() & set(node.inputs):
            window = stream.windows.get(node.name)
            waits = window is not None and not window.steady
            answered = f"{names[node.name]}_now" if waits else due[_latest(stream, node)]
            due.update(dict.fromkeys(node.outputs, answered))
    return due


def _buffers(
    schedule: Schedule, stream: Streaming, due: Mapping[int, str], names: Sequence[tuple[str, At]]
) -> dict[str, list[BufferView[At]]]:
    """Frame buffers of the outputs of each node, by its name; those of inputs have an empty name."""
    by_maker: dict[str, list[BufferView[At]]] = {}
    producer = stream.graph.producer()
    for buffer, (name, x) in zip(stream.frame_buffers, names, strict=True):
        maker = producer.get(schedule.access[buffer.tensor].tensor)
        dtype = stream.graph.tensor(buffer.whole).format.dtype
        view = BufferView(buffer, name, x, dtype, due[buffer.tensor], f"{name}_now")
        by_maker.setdefault(maker.name if maker else "", []).append(view)
    return by_maker


def _queues(
    stream: Streaming, node: Node, call: Call[At], name: str, due: Mapping[int, str]
) -> Iterator[QueueView[At]]:
    for number, queue in enumerate(stream.queues.get(node.name, ())):
        x = call.inputs[node.inputs.index(queue.tensor)]
        yield QueueView(queue, f"{name}_queue{number or ''}", x, due[queue.tensor])
