"""A program as templates of all backends see it: interface, functions, states, stages, identity."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Generic, TypeVar

from ..core.graph import Node, Port, count
from ..core.op import State
from ..passes.memory import Program
from ..passes.schedule import Stage
from ..passes.stream_facts import FrameBuffer, Queue, Window
from .base import AxisView, Generated, Options, Origin, PortView, Rate
from .calls import StageCalls
from .function import ShapedOp
from .names import Names
from .streams import StreamView, stream_view
from .work import macs, whole

StageView = TypeVar("StageView", bound=StageCalls[Any])
Kept = TypeVar("Kept")
Named = Sequence[tuple[str, Kept, str]]

STREAMED = ("_step", "_ring", "_at", "_now", *(f"_queue{n}{at}" for n in ("", 1, 2, 3) for at in ("", "_at")))
"""Suffixes that streams append to a layer's identifier."""


class ProgramView(ABC, Generic[StageView]):
    """The common part of the backends; each spells names, functions, states and stages.

    Args:
        names: gives identifiers; words of the language and of the templates are reserved.
    """

    def __init__(self, program: Program, origin: Origin, options: Options, names: Names) -> None:
        self.program = program
        self.graph = program.schedule.graph
        self.origin = origin
        self.name = options.name
        self.numeric = options.numeric
        self.causal = program.schedule.causal
        self.streaming = program.schedule.stream
        self.nodes = [node for stage in program.schedule.stages for node in stage.nodes]
        self._names = names
        self.axes = tuple(self._axes())
        self.tensor_names: dict[int, str] = {}
        """Names of stored tensors that are inputs or outputs of the model."""
        self.inputs = tuple(self._ports("input", self.graph.inputs))
        self.outputs = tuple(self._ports("output", self.graph.outputs))
        self.node_names: dict[str, str] = {}
        self.function_of: dict[str, str] = {}
        """The name of each node's function."""
        self._write_functions()
        self.frame_buffers, self.windows, self.queues = self._stored_frames()
        self._place_states()
        self.stages = tuple(self._stages())

    @abstractmethod
    def _port_name(self, side: str, port: Port, alone: bool) -> str:
        """The identifier of an ``input`` or ``output``; ``alone`` if it is the only one."""

    @abstractmethod
    def _write(self, shaped: ShapedOp) -> str:
        """Write the function of an op, and return the name for calls of it."""

    @abstractmethod
    def _place_states(self) -> None:
        """Find places for the states of all nodes."""

    @abstractmethod
    def _stage(self, stage: Stage, name: str) -> StageView:
        """A stage's function."""

    @abstractmethod
    def _identity(self) -> tuple[str, str]:
        """Facts that distinguish models besides their computation: the language, and its spelling."""

    @property
    @abstractmethod
    def state_bytes(self) -> int:
        """Bytes of all states and working memory."""

    def generated(self, files: Mapping[str, str], weight_bytes: int) -> Generated:
        """The program's files, and facts about them for a caller."""
        return Generated(
            name=self.name,
            files=files,
            inputs=self.inputs,
            outputs=self.outputs,
            axes=self.axes,
            causal=self.causal,
            restarts=self.program.schedule.restarts,
            model_id=self.model_id,
            weight_bytes=weight_bytes,
            state_bytes=self.state_bytes,
            integer=self.integer,
            numeric=self.numeric.name,
            macs=self.macs,
            graph=self.program.schedule.source,
            rate=self.rate,
        )

    @property
    def axis_constants(self) -> list[tuple[str, int, bool]]:
        """The constants for numbers of time steps, fixed or largest: the constant's name, the number, and whether it is
        the largest."""
        constants = [(axis.name.upper(), axis.fixed, False) for axis in self.axes]
        constants += [(f"MAX_{axis.name.upper()}", axis.capacity, True) for axis in self.axes if axis.fixed is None]
        return [(name, steps, most) for name, steps, most in constants if steps is not None]

    def _axes(self) -> Iterator[AxisView]:
        axes = self.program.schedule.axes.axes
        for axis in axes:
            name = "steps" if len(axes) == 1 else self._names.unique(f"steps_{axis.name}")
            capacity = self.program.capacity if axis.id in self.program.buffered else None
            bound = axis.bound or (self.program.schedule.stream is not None and self.program.schedule.stream.fixed)
            yield AxisView(name, axis.length if bound else None, capacity, axis.length)

    def _ports(self, side: str, ports: Sequence[Port]) -> Iterator[PortView]:
        for port in ports:
            name = self._port_name(side, port, len(ports) == 1)
            stored = self.program.schedule.access[port.tensor].tensor
            self.tensor_names[stored] = name
            axis = self.program.schedule.axes.of.get(port.tensor)
            # A stream's graph has single frames of sequences.
            tensor = (self.program.schedule.source if axis else self.graph).tensor(port.tensor)
            frame = count(tensor.shape[1:] if axis else tensor.shape)
            view = PortView(name, port.name, tensor.shape, axis.id if axis else None, frame, tensor.format)
            if self.streaming is not None and self.streaming.fixed and side == "output" and axis:
                view = replace(view, axis=None, frame=count(tensor.shape), emitted=frame)
            yield replace(view, in_arena=self.program.places[stored].kind == "arena")

    @property
    def rate(self) -> Rate | None:
        """The rate of a causal stream's outputs."""
        if self.streaming is None:
            return None
        clock = self.streaming.clock
        from_scratch = round(whole(self.streaming.source) / clock.stride)
        return Rate(clock.stride, clock.first + 1, clock.lag, self.streaming.drains, from_scratch)

    def _write_functions(self) -> None:
        """One function for each op and core shape; shared or equal layers have one function."""
        written: dict[tuple[object, ...], str] = {}
        turned = self.program.turned
        for node in self.nodes:
            ins, outs = self.program.schedule.cores(node)
            op = turned.get(node.name, node.op)
            if op is not node.op:
                ins, outs = (tuple((shape[0], 1, *shape[1:]) for shape in side) for side in (ins, outs))
            by_rows = self.program.schedule.by_rows(node)
            formats = [[self.graph.tensor(t).format for t in side] for side in (node.inputs, node.outputs)]
            # An op with states runs step by step: its function sees one step, whatever the length.
            key = (op.function_key(), by_rows, () if op.carry else ins, *map(tuple, formats))
            also = [*(f"_{state.name}" for state in members(node)), *(STREAMED if self.streaming else ())]
            name = self._names.unique(node.name, also=also)
            self.node_names[node.name] = name
            if key not in written:
                types = [[form.dtype for form in side] for side in formats]
                written[key] = self._write(ShapedOp(name, op, ins, outs, types, by_rows, self.numeric.weights))
            self.function_of[node.name] = written[key]

    def _stored_frames(self) -> tuple[Named[FrameBuffer], Named[Window], Named[Queue]]:
        """A stream's stored frames: of frame buffers, of windows, of queues. Each has the name of its member in the
        state, without the suffix of a layer's name, and NumPy's name of the values' type."""
        if (stream := self.streaming) is None:
            return (), (), ()
        wholes = [(one, self.graph.tensor(one.whole)) for one in stream.frame_buffers]
        dtypes = {node.name: self.graph.tensor(node.inputs[0]).format.dtype for node in self.nodes}
        return (
            [(self._names.unique(w.name, also=("_at", "_now")), one, w.format.dtype) for one, w in wholes],
            [(self.node_names[node], window, dtypes[node]) for node, window in stream.windows.items()],
            [
                (f"{self.node_names[node]}_queue{number or ''}", queue, self.graph.tensor(queue.tensor).format.dtype)
                for node, queues in stream.queues.items()
                for number, queue in enumerate(queues)
            ],
        )

    @cached_property
    def stream(self) -> StreamView[Any] | None:
        """The loop of a causal stream."""
        if self.streaming is None:
            return None
        names = (name for name, _, _ in self.frame_buffers)
        sources = list(zip(names, self.stages[0].frames, strict=True))
        return stream_view(self.program.schedule, self.stages[0], self.node_names, sources)

    def _stages(self) -> Iterator[StageView]:
        stages = self.program.schedule.stages
        loops = sum(stage.axis is not None for stage in stages)
        alone = len(stages) - loops == 1
        turn = once = 0
        for stage in stages:
            if stage.axis is not None:
                turn += 1
                name = "advance" if loops == 1 else f"advance_{turn}"
            else:
                once += 1
                name = "finish" if alone and turn and not self.streaming else "compute" if alone else f"compute_{once}"
            yield self._stage(stage, name)

    @property
    def persistent(self) -> Iterator[tuple[Node, State]]:
        """Every state that persists from step to step, with its node."""
        return ((node, state) for node in self.nodes for state in members(node))

    @property
    def integer(self) -> bool:
        """Whether everything is computed in integers."""
        return self.numeric.integer

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one step: loops once, and the work outside loops."""
        return macs(self.program)

    @property
    def model_id(self) -> str:
        """16 hex digits that differ if anything relevant differs."""
        language, spelling = self._identity()
        digest = hashlib.sha256(language.encode())
        for node in self.nodes:
            digest.update(f"{node.op.key()}{node.inputs}{node.outputs}{node.lead}".encode())
        digest.update(
            f"{self.streaming.windows}{self.streaming.queues}{self.streaming.frame_buffers}".encode()
            if self.streaming
            else b""
        )
        for port in (*self.inputs, *self.outputs):
            digest.update(f"{port.shape}{port.format if port.format.integer else ''}".encode())
        digest.update(f"{self.numeric.name}{spelling}{self.program.capacity}".encode())
        return digest.hexdigest()[:16]

    def steps(self, axis: int) -> str:
        """The number, or the variable, of an axis's steps inside the function of whole sequences."""
        view = self.axes[axis]
        return str(view.fixed) if view.fixed is not None else view.name


def members(node: Node) -> tuple[State, ...]:
    """The states that a node keeps from step to step."""
    return node.op.carry.members if node.op.carry else ()
