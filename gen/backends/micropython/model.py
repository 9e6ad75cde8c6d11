"""The whole model as the templates of the MicroPython backend see it."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import ClassVar

from ...core.graph import Op, Port, Shape
from ...passes.memory import Program
from ...passes.schedule import Stage
from ..base import Options, Origin, PortView
from ..calls import Planner
from ..names import Names, identifier
from ..streams import StreamView, stream_view
from ..view import ProgramView
from .function import LayerFunction
from .stages import MEMORY, Argument, Buffers, StageView, stage_view
from .weights import LAYOUT, Weights

MODULES = frozenset(
    """
    array asyncio binascii bluetooth boot btree builtins cmath collections cryptolib deflate errno framebuf gc
    hashlib heapq inputs io json led lwip machine main math micropython mip neopixel network ntptime openamp os platform
    random re requests rp2 samples select show socket ssl stm struct sys time tls uarray uctypes ulab umqtt utime vfs
    webrepl websocket zephyr zlib
    """.split()
)
"""Modules of MicroPython, files of a board and functions of the example that a model's own module must not hide."""
PREFIXES = ("esp", "gatesmith")
"""Chips' own modules, and ours."""
LOCALS = "array at c erf exp h inf k log model namedtuple s self sqrt state steps t tanh unpack_from w x y".split()
PLACE = 3
"""Values that say where a layer is: frames that came towards its next output, that it holds, and that were padding."""
COUNTS = "int16"
"""Their type, where integers are computed with."""
STAGES = "advance begin ends compute finish gemv row copy fill flat length".split()


def module_identifier(name: str) -> str:
    """A name for a module that hides none of MicroPython's and is no word of Python."""
    plain = identifier(name, "model")
    if plain in MODULES or keyword.iskeyword(plain) or plain.startswith(PREFIXES):
        return f"model_{plain}"
    return plain


class ModelView(ProgramView[StageView]):
    """A program in Python."""

    reserved: ClassVar[Sequence[str]] = ()
    """Names that a variant's templates use beside those above."""

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.options = options
        self.weights = Weights()
        self.needed: set[str] = set()
        self.functions: list[LayerFunction] = []
        names = Names()
        names.reserve([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *LOCALS, *STAGES, *helpers])
        names.reserve(self.reserved)
        super().__init__(program, origin, options, names)

    def _port_name(self, side: str, port: Port, alone: bool) -> str:
        usual = {"input": "x", "output": "y"}[side]
        return usual if alone else self._names.unique(port.name, usual)

    def _write(
        self, name: str, op: Op, ins: Sequence[Shape], outs: Sequence[Shape], types: list[list[str]], by_rows: bool
    ) -> str:
        del types
        storage = self.numeric.weights
        made = LayerFunction(name, op, ins, outs, self.weights, self.needed, storage)
        made.by_rows = by_rows
        self.functions.append(made)
        return f"_{name}"

    def _place_states(self) -> None:
        self._members: dict[tuple[str, str], int] = {}
        place = 0
        for node, state in self.kept:
            self._members[node.name, state.name] = place
            place += state.size
        self.held = {}
        for name, values, _ in self._kept_frames():
            self.held[name] = place
            place += values
        begin = place
        for name, values, _ in self._held():
            self.held[name] = place
            place += values
        self.live = begin, place - begin
        """What layers keep of frames: the first value, and how many."""
        self.copy = place
        """A copy of it, where windows have frames that are their own."""
        if self.streaming is not None and self.streaming.own:
            place += place - begin
        self.states = place
        """Values of all states: the first of the model's buffer."""
        self.memory = max(1, place + self.program.arena)
        """Values of the model's buffer."""

    def _kept_frames(self) -> Iterator[tuple[str, int, str]]:
        """What a stream keeps of the last frames, for what sees them at once: name, values, and their type."""
        found = self.streaming
        if found is None:
            return
        self.kept_names = [self._names.unique(self.graph.tensor(one.whole).name, also=("_now",)) for one in found.kept]
        for kept, name in zip(found.kept, self.kept_names, strict=True):
            yield name, (kept.frames + kept.behind) * kept.frame, self.graph.tensor(kept.whole).format.dtype
            yield f"{name}_at", PLACE, COUNTS

    def _held(self) -> Iterator[tuple[str, int, str]]:
        """What layers of a stream keep of frames, and where they are in them: name, values, and their type."""
        found = self.streaming
        if found is None:
            return
        seen = {node.name: self.graph.tensor(node.inputs[0]).format.dtype for node in self.nodes}
        for node, window in found.windows.items():
            yield f"{self.node_names[node]}_ring", (window.held + 1) * window.frame if window.held else 0, seen[node]
            yield f"{self.node_names[node]}_at", PLACE, COUNTS
        for node, queues in found.queues.items():
            for number, queue in enumerate(queues):
                dtype = self.graph.tensor(queue.tensor).format.dtype
                yield f"{self.node_names[node]}_queue{number or ''}", queue.frames * queue.frame, dtype
                yield f"{self.node_names[node]}_queue{number or ''}_at", PLACE, COUNTS

    @cached_property
    def stream(self) -> StreamView[Argument] | None:
        """The loop of a causal stream."""
        if self.streaming is None:
            return None
        kept = list(zip(self.kept_names, self.stages[0].kept, strict=True))
        return stream_view(self.program.schedule, self.stages[0], self.node_names, kept)

    def _memory(self) -> dict[str, tuple[str, int]]:
        """The model's buffers by type: name, and index of the arena."""
        return {"float32": (MEMORY, self.states)}

    def _stage(self, stage: Stage, name: str) -> StageView:
        kept = [self.held[name] for name in self.kept_names] if self.streaming else []
        buffers = Buffers(self.program, self.tensor_names, self._members, self._memory(), kept)
        return stage_view(Planner(self.program, self.function_of), stage, f"_{name}", buffers)

    def _identity(self) -> tuple[str, str]:
        return f"micropython {LAYOUT}", ""

    @property
    def state_bytes(self) -> int:
        """Bytes of the model's buffer."""
        return self.memory * self.numeric.size

    @property
    def weight_bytes(self) -> int:
        return self.weights.size

    def axis_input(self, axis: int) -> PortView | None:
        """The first input that an axis's length is read from."""
        return next((port for port in self.inputs if port.axis == axis), None)
