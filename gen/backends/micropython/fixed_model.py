"""The whole model in integers as the templates of the MicroPython backend see it: a buffer for each width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...core.errors import UnsupportedError
from ...core.formats import Format
from ...core.graph import Op, Shape
from ...layers.windows import Windows
from ...passes.memory import Program
from ..base import Options, Origin, PortView
from .fixed import CODES, Shared
from .function import LayerFunction
from .matrices import IntegerFunction
from .model import ModelView

BUFFERS = {"int8": "s8", "int16": "s16", "int32": "s32"}
"""Type -> the model's buffer of it: states first, then the arena."""


def _flat(op: Op, ins: Sequence[Shape], outs: Sequence[Shape]) -> tuple[Op, Sequence[Shape], Sequence[Shape]]:
    """A window of a stream as an op on the frames that it sees, side by side and all there."""
    windows: Windows = op.windows  # type: ignore[attr-defined]  # every op that goes by rows has them
    first = replace(windows[0], stride=1, left=0, right=0)
    flat: Op = replace(op, windows=(first, *windows[1:]))  # type: ignore[call-arg]
    return flat, [(first.extent, *ins[0][1:])], [(1, *outs[0][1:])]


class IntegerView(ModelView):
    """A program in integers. ``functions`` are written for viper, ``plain`` are the same in plain Python."""

    reserved = "floor numbers reals s8 s16 s32 z q".split()

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.shared = Shared()
        self.plain: list[LayerFunction] = []
        super().__init__(program, origin, options, helpers)
        self.scales = np.array([port.format.scale for port in (*self.inputs, *self.outputs)], np.float32)
        for n, port in enumerate(self.inputs):
            if port.format.features:
                scales, zeros = port.format.each
                self.weights.add(f"SCALES_{n}", scales, f"of the features of {port.name}")
                self.weights.add(f"ZEROS_{n}", zeros.astype(np.int32), f"of the features of {port.name}")

    def _write(
        self, name: str, op: Op, ins: Sequence[Shape], outs: Sequence[Shape], types: list[list[str]], by_rows: bool
    ) -> str:
        if by_rows:
            op, ins, outs = _flat(op, ins, outs)
        for viper, side in ((True, self.functions), (False, self.plain)):
            side.append(IntegerFunction(name, op, ins, outs, types, self.weights, self.shared, viper))
        return f"_{name}"

    def _place_states(self) -> None:
        self._members: dict[tuple[str, str], int] = {}
        self.state_values = dict.fromkeys(BUFFERS, 0)
        for node, state in self.kept:
            dtype = state.format.dtype
            if dtype not in self.state_values:
                raise UnsupportedError(
                    f'layer "{node.layer}": MicroPython has no running mean in integers',
                    fix=("windows, which take means anew: --window STEPS --hop STEPS", "generate C: --backend c99"),
                )
            self._members[node.name, state.name] = self.state_values[dtype]
            self.state_values[dtype] += state.size
        self.held = {}
        for name, values, dtype in self._kept_frames():
            self.held[name] = self.state_values[dtype]
            self.state_values[dtype] += values
        begin = dict(self.state_values)
        for name, values, dtype in self._held():
            self.held[name] = self.state_values[dtype]
            self.state_values[dtype] += values
        self.lives = {k: (begin[k], n - begin[k]) for k, n in self.state_values.items() if n > begin[k]}
        """What layers keep of frames, by type: the first value, and how many."""
        self.copies = {k: self.state_values[k] for k in self.lives}
        """Copies of it, where windows have frames that are their own."""
        if self.streaming is not None and self.streaming.own:
            for kind, (_, many) in self.lives.items():
                self.state_values[kind] += many
        self.states = sum(self.state_values.values())
        self.values = {kind: count + self.program.arenas.get(kind, 0) for kind, count in self.state_values.items()}
        """Values of each buffer."""

    def _memory(self) -> dict[str, tuple[str, int]]:
        return {kind: (name, self.state_values[kind]) for kind, name in BUFFERS.items()}

    def absent(self, name: str) -> int:
        """What stands in a window's ring for a frame that is padding; ``name`` is the window's.

        Raises:
            UnsupportedError: nothing can.
        """
        node = next(node for node in self.nodes if self.node_names[node.name] == name)
        if node.op.absent is None:
            raise UnsupportedError(
                f'layer "{node.layer}": MicroPython takes no means beside padding from frame to frame in integers',
                fix=("--numeric float32", "generate C: --backend c99"),
            )
        return node.op.absent

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
