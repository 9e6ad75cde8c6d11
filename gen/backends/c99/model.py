"""The whole model as the templates of the C99 backend see it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ...formats import Format
from ...graph import Node, Op, Shape, count
from ...layers.recurrent import Recurrent
from ...numerics.base import Numeric
from ...passes.memory import Program
from ..base import AxisView, Origin, PortView
from ..work import macs
from .blocks import Layout
from .function import LayerFunction, Needed
from .integer import ISA_HEADERS, IntegerFunction
from .literals import ctype
from .names import Names
from .stages import StageView, StageWriter, arena_name


@dataclass(frozen=True)
class Options:
    """What the user or the target chooses.

    Args:
        name: identifier of the model: files, types and functions begin with it.
        target: for the banner.
        layout: block shapes.
        apart: whether tables live in program memory, a space of its own, where the compiler knows one.
        math: ``fast`` (own exp and tanh, contraction left to the compiler), ``exact`` (no contraction: the same bits
            everywhere) or ``libm``.
    """

    name: str
    target: str
    numeric: Numeric
    layout: Layout
    math: str = "fast"
    apart: bool = False


@dataclass(frozen=True)
class Member:
    """A member of the state struct."""

    name: str
    size: int
    note: str
    dtype: str = "float32"

    @property
    def ctype(self) -> str:
        return ctype(self.dtype)

    @property
    def width(self) -> int:
        """Bytes of a value."""
        return Format(self.dtype).size


class ModelView:
    """Names, functions, stages and interface of a program."""

    def __init__(self, program: Program, origin: Origin, options: Options) -> None:
        self.program = program
        self.graph = program.schedule.graph
        self.origin = origin
        self.options = options
        self.name = options.name
        self.up = options.name.upper()
        self.space = f"{self.up}_FLASH" if options.apart else ""
        self.needed = Needed()
        self.causal = program.schedule.causal
        self._names = Names()
        for taken in (self.name, "state", "arena", "t", "steps", "gemv", "act", "load", "clamp", "rescale", "spare"):
            self._names.unique(taken)
        self.axes = self._axes()
        self.inputs, self.outputs = self._ports()
        self.functions: list[LayerFunction] = []
        self._function_of: dict[str, str] = {}
        self._make_functions()
        self.members = self._members()
        self.stages = self._stages()

    def _axes(self) -> tuple[AxisView, ...]:
        views = []
        axes = self.program.schedule.axes.axes
        for axis in axes:
            name = "steps" if len(axes) == 1 else self._names.unique(f"steps_{axis.name}")
            fixed = axis.length if axis.bound else None
            capacity = self.program.capacity if axis.id in self.program.buffered else None
            views.append(AxisView(name, fixed, capacity, axis.length))
        return tuple(views)

    def _ports(self) -> tuple[tuple[PortView, ...], tuple[PortView, ...]]:
        self.tensor_names: dict[int, str] = {}
        sides = []
        for kind, ports in (("input", self.graph.inputs), ("output", self.graph.outputs)):
            views = []
            for port in ports:
                stored = self.program.schedule.access[port.tensor].tensor
                name = self._names.unique(kind if len(ports) == 1 else f"{kind}_{port.name}", kind)
                self.tensor_names[stored] = name
                axis = self.program.schedule.axes.of.get(port.tensor)
                shape = self.graph.shape(port.tensor)
                frame = count(shape[1:] if axis else shape)
                views.append(
                    PortView(name, port.name, shape, axis.id if axis else None, frame, self._format(port.tensor))
                )
            sides.append(tuple(views))
        return sides[0], sides[1]

    def _format(self, tensor: int) -> Format:
        return self.graph.tensor(tensor).format

    def _make_functions(self) -> None:
        """One function for each op and core shape; a shared layer, or an equal one, is written once."""
        numeric = self.options.numeric
        kind = IntegerFunction if self.integer else LayerFunction
        made: dict[tuple[str, tuple[Shape, ...], tuple[Format, ...]], str] = {}
        self.node_names: dict[str, str] = {}
        for node in self._nodes():
            ins = tuple(self.graph.core(node, t) for t in node.inputs)
            outs = tuple(self.graph.core(node, t) for t in node.outputs)
            formats = tuple(self._format(t) for t in (*node.inputs, *node.outputs))
            key = (_meaning(node.op), () if isinstance(node.op, Recurrent) else ins, formats)
            own = self._names.unique(node.name)
            if key not in made:
                made[key] = own
                types = [[self._format(t).dtype for t in side] for side in (node.inputs, node.outputs)]
                self.functions.append(
                    kind(own, node.op, ins, outs, types, self.options.layout, self.space, self.needed, numeric.weights)
                )
            self._function_of[node.name] = f"{made[key]}_forward"
            self.node_names[node.name] = own
            for tensor in node.outputs:
                self.tensor_names.setdefault(tensor, f"{own}_out")

    def _nodes(self) -> list[Node]:
        return [node for stage in self.program.schedule.stages for node in stage.nodes]

    def _members(self) -> tuple[Member, ...]:
        members = []
        for node in self._nodes():
            if isinstance(node.op, Recurrent):
                fields = [*node.op.states, *(["y"] if node.op.keeps_output else [])]
                types = [*(form.dtype for form in node.op.state_formats), self._format(node.outputs[0]).dtype]
                for field, dtype in zip(fields, types, strict=False):
                    note = {"h": "hidden state", "c": "cell state", "y": "last output"}[field]
                    members.append(Member(f"{self.node_names[node.name]}_{field}", node.op.units, note, dtype))
        note = "scratch; holds nothing between calls"
        for dtype, size in self.program.arenas.items():
            members.append(Member(arena_name(self.program, dtype), size, note, dtype))
        if not members:
            members.append(Member("arena", 1, note))
        return _filled(sorted(members, key=lambda member: -member.width))

    def _stages(self) -> tuple[StageView, ...]:
        writer = StageWriter(self.program, self.tensor_names, self.node_names, self._function_of)
        loops = sum(stage.axis is not None for stage in self.program.schedule.stages)
        views, turn, once = [], 0, 0
        for stage in self.program.schedule.stages:
            if stage.axis is not None:
                turn += 1
                name = "advance" if loops == 1 else f"advance_{turn}"
            else:
                once += 1
                total = len(self.program.schedule.stages) - loops
                name = "finish" if total == 1 and loops and turn else f"compute_{once}" if total > 1 else "compute"
            views.append(writer.view(stage, name))
        return tuple(views)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of the instructions that integer products are written for, each with the macro that promises it."""
        return ISA_HEADERS[self.options.layout.isa] if self.integer and self.options.layout.isa else ()

    @property
    def integer(self) -> bool:
        """Whether everything is computed in integers."""
        return self.options.numeric.integer

    @property
    def state_bytes(self) -> int:
        """Size of the state struct, which has no padding: its members are sorted by the width of their values."""
        return sum(member.size * member.width for member in self.members)

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights as the file has them, shared ones once, without the padding of blocks."""
        return sum(f.weight_bytes for f in self.functions)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one step (loops once, and the work done once)."""
        return macs(self.program)

    @property
    def model_id(self) -> str:
        """16 hex digits that differ when anything that matters differs."""
        digest = hashlib.sha256()
        for node in self._nodes():
            digest.update(f"{node.op.key()}{node.inputs}{node.outputs}{node.lead}".encode())
        for port in (*self.inputs, *self.outputs):
            digest.update(f"{port.shape}{port.format if port.format.integer else ''}".encode())
        numeric = self.options.numeric
        math = "" if numeric.integer else self.options.math  # how floats are computed is nothing to integers
        digest.update(f"{numeric.name}{math}{self.options.layout}{self.program.capacity}".encode())
        return digest.hexdigest()[:16]

    @property
    def ignored(self) -> tuple[str, ...]:
        """Inputs that no output depends on: Keras wants them, nothing reads them."""
        read = {outer.tensor for stage in self.stages for outer in stage.outers}
        texts = {a.text for stage in self.stages for cell in stage.cells for a in cell.initial}
        names = {self.tensor_names[port.tensor] for port in self.graph.inputs if port.tensor not in read}
        return tuple(port.name for port in self.inputs if port.name in names - texts)

    @property
    def ignored_steps(self) -> tuple[str, ...]:
        """Lengths that ``run`` is given and has no loop for: those of ignored inputs."""
        looped = {stage.axis for stage in self.stages if stage.loop}
        return tuple(
            axis.name
            for index, axis in enumerate(self.axes)
            if index not in looped and axis.fixed is None and axis.capacity is None
        )

    def steps(self, axis: int) -> str:
        """The expression for an axis's length inside ``run``."""
        view = self.axes[axis]
        return str(view.fixed) if view.fixed is not None else view.name

    @property
    def parameters(self) -> int:
        return int(np.sum([a.size for f in self.functions for a in f.op.arrays().values()]))


def _filled(members: Sequence[Member]) -> tuple[Member, ...]:
    """The members, and what fills the last word, which a compiler would otherwise fill unseen."""
    widest = max(member.width for member in members)
    spare = -sum(member.size * member.width for member in members) % widest
    filler = [Member("spare", spare, "fills the last word", "int8")] if spare else []
    return (*members, *filler)


def _meaning(op: Op) -> str:
    """A key of what the function computes. Cells that differ only in how the scan treats them share one."""
    if not isinstance(op, Recurrent):
        return op.key()
    return replace(op, stateful=False, masked=False, initial=False, masked_output="state").key()
