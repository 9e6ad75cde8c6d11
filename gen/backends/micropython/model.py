"""The whole model as the templates of the MicroPython backend see it."""

from __future__ import annotations

import builtins
import hashlib
import keyword
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from ...graph import Node, Shape, count
from ...layers.recurrent import Recurrent
from ...numerics.base import Numeric
from ...passes.memory import Program
from ..base import AxisView, Origin, PortView
from ..c99.names import Names, identifier
from ..work import macs
from .function import LayerFunction
from .stages import MEMORY, StageView, StageWriter
from .weights import LAYOUT, Weights

MODULES = frozenset(
    """
    array asyncio binascii bluetooth boot btree builtins cmath collections cryptolib deflate errno framebuf gc
    hashlib heapq io json lwip machine main math micropython mip neopixel network ntptime openamp os platform random re
    requests rp2 select socket ssl stm struct sys time tls uarray uctypes ulab umqtt utime vfs webrepl websocket zephyr
    zlib
    """.split()
)
"""Modules of MicroPython and files of a board that a model's own module must not hide."""
PREFIXES = ("esp", "gatesmith")
"""Chips' own modules, and ours."""
LOCALS = "array at c erf exp h inf k log model namedtuple s self sqrt state steps t tanh unpack_from w x y".split()
STAGES = "advance compute finish gemv gemv8 scaled copy fill flat length".split()


@dataclass(frozen=True)
class Options:
    """What the user or the target chooses.

    Args:
        name: identifier of the model: the module's name.
        target: for the banner.
    """

    name: str
    target: str
    numeric: Numeric


def module_identifier(name: str) -> str:
    """A name for a module that hides none of MicroPython's and is no word of Python."""
    plain = identifier(name, "model")
    if plain in MODULES or keyword.iskeyword(plain) or plain.startswith(PREFIXES):
        return f"model_{plain}"
    return plain


class ModelView:
    """Names, functions, stages, memory and interface of a program."""

    reserved: ClassVar[Sequence[str]] = ()
    """Names that a variant's templates use beside those above."""

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.program = program
        self.graph = program.schedule.graph
        self.origin = origin
        self.options = options
        self.name = options.name
        self.causal = program.schedule.causal
        self.weights = Weights()
        self.needed: set[str] = set()
        self._names = Names()
        self._names.reserve([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *LOCALS, *STAGES, *helpers])
        self._names.reserve(self.reserved)
        self.axes = self._axes()
        self.inputs, self.outputs = self._ports()
        self.functions: list[LayerFunction] = []
        self._function_of: dict[str, str] = {}
        self._make_functions()
        self._place_states()
        self.stages = self._stages()

    def _axes(self) -> tuple[AxisView, ...]:
        axes = self.program.schedule.axes.axes
        views = []
        for axis in axes:
            name = "steps" if len(axes) == 1 else self._names.unique(f"steps_{axis.name}")
            capacity = self.program.capacity if axis.id in self.program.buffered else None
            views.append(AxisView(name, axis.length if axis.bound else None, capacity, axis.length))
        return tuple(views)

    def _ports(self) -> tuple[tuple[PortView, ...], tuple[PortView, ...]]:
        self._port_names: dict[int, str] = {}
        sides = []
        for usual, ports in (("x", self.graph.inputs), ("y", self.graph.outputs)):
            views = []
            for port in ports:
                name = usual if len(ports) == 1 else self._names.unique(port.name, usual)
                self._port_names[self.program.schedule.access[port.tensor].tensor] = name
                axis = self.program.schedule.axes.of.get(port.tensor)
                shape = self.graph.shape(port.tensor)
                frame = count(shape[1:] if axis else shape)
                form = self.graph.tensor(port.tensor).format
                views.append(PortView(name, port.name, shape, axis.id if axis else None, frame, form))
            sides.append(tuple(views))
        return sides[0], sides[1]

    def _nodes(self) -> list[Node]:
        return [node for stage in self.program.schedule.stages for node in stage.nodes]

    def _make_functions(self) -> None:
        """One function for each op and core shape; a shared layer, or an equal one, is written once."""
        made: dict[tuple[str, tuple[Shape, ...]], str] = {}
        for node in self._nodes():
            ins = tuple(self.graph.core(node, t) for t in node.inputs)
            outs = tuple(self.graph.core(node, t) for t in node.outputs)
            key = (node.op.key(), () if isinstance(node.op, Recurrent) else ins)
            if key not in made:
                made[key] = self._names.unique(node.name)
                small = self.options.numeric.weights == "int8"
                self.functions.append(LayerFunction(made[key], node.op, ins, outs, self.weights, self.needed, small))
            self._function_of[node.name] = f"_{made[key]}"

    def _place_states(self) -> None:
        self._members: dict[tuple[str, str], int] = {}
        place = 0
        for node in self._nodes():
            if isinstance(node.op, Recurrent):
                for field in (*node.op.states, *(["y"] if node.op.keeps_output else [])):
                    self._members[node.name, field] = place
                    place += node.op.units
        self.states = place
        """Values of all states: the first of the model's buffer."""
        self.memory = max(1, place + self.program.arena)
        """Values of the model's buffer."""

    def _memory(self) -> dict[str, tuple[str, int]]:
        """The model's buffers by type: name, and index of the arena."""
        return {"float32": (MEMORY, self.states)}

    def _stages(self) -> tuple[StageView, ...]:
        writer = StageWriter(self.program, self._port_names, self._members, self._memory(), self._function_of)
        stages = self.program.schedule.stages
        loops = sum(stage.axis is not None for stage in stages)
        views: list[StageView] = []
        turn = once = 0
        for stage in stages:
            if stage.axis is not None:
                turn += 1
                name = "advance" if loops == 1 else f"advance_{turn}"
            else:
                once += 1
                alone = len(stages) - loops == 1
                name = "finish" if alone and turn else "compute" if alone else f"compute_{once}"
            views.append(writer.view(stage, f"_{name}"))
        return tuple(views)

    @property
    def state_bytes(self) -> int:
        """Bytes of the model's buffer."""
        return self.memory * self.options.numeric.size

    @property
    def weight_bytes(self) -> int:
        return self.weights.size

    @property
    def macs(self) -> int:
        return macs(self.program)

    @property
    def model_id(self) -> str:
        """16 hex digits that differ when anything that matters differs."""
        digest = hashlib.sha256(f"micropython {LAYOUT}".encode())
        for node in self._nodes():
            digest.update(f"{node.op.key()}{node.inputs}{node.outputs}{node.lead}".encode())
        for port in (*self.inputs, *self.outputs):
            digest.update(repr(port.shape).encode())
        digest.update(f"{self.options.numeric.name}{self.program.capacity}".encode())
        return digest.hexdigest()[:16]

    def axis_input(self, axis: int) -> PortView | None:
        """The first input that an axis's length is read from."""
        return next((port for port in self.inputs if port.axis == axis), None)

    def step_name(self, axis: int) -> str:
        """The variable, or the number, of an axis's steps inside ``predict``."""
        fixed = self.axes[axis].fixed
        return self.axes[axis].name if fixed is None else str(fixed)
