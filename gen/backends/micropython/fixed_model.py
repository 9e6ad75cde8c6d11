"""The whole model in integers as the templates of the MicroPython backend see it: a buffer for each width."""

from __future__ import annotations

import numpy as np

from ...formats import Format
from ...graph import Shape
from ...layers.recurrent import Recurrent
from ...passes.memory import Program
from ..base import Origin, PortView
from .fixed import CODES, Shared
from .function import LayerFunction
from .matrices import IntegerFunction
from .model import ModelView, Options

BUFFERS = {"int8": "s8", "int16": "s16", "int32": "s32"}
"""Type -> the model's buffer of it: states first, then the arena."""


class IntegerView(ModelView):
    """A program in integers. ``functions`` are written for viper, ``plain`` are the same in plain Python."""

    reserved = "floor numbers reals s8 s16 s32 z q".split()

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.shared = Shared()
        self.plain: list[LayerFunction] = []
        super().__init__(program, origin, options, helpers)
        self.scales = np.array([port.format.scale for port in (*self.inputs, *self.outputs)], np.float32)

    def _make_functions(self) -> None:
        made: dict[tuple[object, ...], str] = {}
        for node in self._nodes():
            ins = tuple(self.graph.core(node, t) for t in node.inputs)
            outs = tuple(self.graph.core(node, t) for t in node.outputs)
            formats = [[self.graph.tensor(t).format for t in side] for side in (node.inputs, node.outputs)]
            key = (node.op.key(), () if isinstance(node.op, Recurrent) else ins, repr(formats))
            if key not in made:
                made[key] = self._names.unique(node.name)
                types = [[form.dtype for form in side] for side in formats]
                self.functions.append(self._written(made[key], node.op, ins, outs, types, True))
                self.plain.append(self._written(made[key], node.op, ins, outs, types, False))
            self._function_of[node.name] = f"_{made[key]}"

    def _written(
        self,
        name: str,
        op: object,
        ins: tuple[Shape, ...],
        outs: tuple[Shape, ...],
        types: list[list[str]],
        viper: bool,
    ) -> IntegerFunction:
        return IntegerFunction(name, op, ins, outs, types, self.weights, self.shared, viper)  # type: ignore[arg-type]

    def _place_states(self) -> None:
        self._members: dict[tuple[str, str], int] = {}
        self.state_values = dict.fromkeys(BUFFERS, 0)
        for node in self._nodes():
            if isinstance(node.op, Recurrent):
                fields = [*node.op.states, *(["y"] if node.op.keeps_output else [])]
                types = [form.dtype for form in node.op.state_formats]
                types.append(self.graph.tensor(node.outputs[0]).format.dtype)
                for field, dtype in zip(fields, types, strict=False):
                    self._members[node.name, field] = self.state_values[dtype]
                    self.state_values[dtype] += node.op.units
        self.states = sum(self.state_values.values())
        self.values = {kind: count + self.program.arenas.get(kind, 0) for kind, count in self.state_values.items()}
        """Values of each buffer."""

    def _memory(self) -> dict[str, tuple[str, int]]:
        return {kind: (name, self.state_values[kind]) for kind, name in BUFFERS.items()}

    @property
    def buffers(self) -> list[tuple[str, str, int, int]]:
        """Of each of the model's buffers: name, type code, values, of them states."""
        return [(BUFFERS[k], CODES[k], n, self.state_values[k]) for k, n in self.values.items()]

    @property
    def kept_bytes(self) -> int:
        """Bytes of all states."""
        return sum(Format(kind).size * count for kind, count in self.state_values.items())

    @property
    def state_bytes(self) -> int:
        """Bytes of the model's buffers, scratch included."""
        return sum(Format(kind).size * count for kind, count in self.values.items()) + 4 * self.shared.scratch

    @property
    def table_bytes(self) -> int:
        """Bytes of tables that must be aligned: copied to RAM where a file system puts them elsewhere."""
        return sum(values.nbytes for values in self.shared.tables.values() if values.itemsize > 1)

    def code(self, port: PortView) -> str:
        """The type code of a port's arrays."""
        return CODES[port.dtype]
