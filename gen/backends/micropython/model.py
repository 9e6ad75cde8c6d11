"""The whole model, for the templates of the MicroPython backend."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import ClassVar

from ...core.errors import UnsupportedError
from ...core.graph import Port
from ...passes.memory import Program
from ...passes.schedule import Stage
from ..base import Options, Origin, PortView
from ..calls import Planner
from ..function import ShapedOp
from ..names import Names, identifier
from ..streams import bounds
from ..view import ProgramView
from .function import LayerFunction
from .stages import Buffers, StageView, stage_view
from .states import CODES, Buffer, Frames, state_layout
from .weights import LAYOUT, Constants

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
"""Prefixes of chips' own modules, and of ours."""
LOCALS = "array at c erf exp h inf k log model namedtuple s self sqrt state steps t tanh unpack_from w x y".split()
PLACE = 3
"""Number of values of a layer's position: frames towards its next output, frames stored, and frames of padding; of a
queue, the places of its next frame and of its oldest."""
STAGES = "advance begin ends compute finish gemv row copy fill flat length".split()


def module_identifier(name: str) -> str:
    """A name for a module that hides none of MicroPython's and is not a keyword of Python."""
    plain = identifier(name, "model")
    if plain in MODULES or keyword.iskeyword(plain) or plain.startswith(PREFIXES):
        return f"model_{plain}"
    return plain


class ModelView(ProgramView[StageView]):
    """A program in Python."""

    reserved: ClassVar[Sequence[str]] = ()
    """Further names that a variant's templates use."""
    buffer_names: ClassVar[Mapping[str, str]] = {"float32": "s"}
    """Type -> the model's buffer of it: states first, then the arena."""
    counts: ClassVar[str] = "float32"
    """The type of numbers for layers' positions."""
    scratch: ClassVar[str] = ""
    """The scratch argument of layers, after their other arguments."""

    def __init__(self, program: Program, origin: Origin, options: Options, helpers: frozenset[str]) -> None:
        self.options = options
        self.weights = Constants()
        self.functions: list[LayerFunction] = []
        names = Names()
        names.reserve([*keyword.kwlist, *keyword.softkwlist, *dir(builtins), *LOCALS, *STAGES, *helpers])
        names.reserve(self.reserved)
        super().__init__(program, origin, options, names)

    def _port_name(self, side: str, port: Port, alone: bool) -> str:
        usual = {"input": "x", "output": "y"}[side]
        return usual if alone else self._names.unique(port.name, usual)

    def _write(self, shaped: ShapedOp) -> str:
        self.functions.append(LayerFunction(shaped, self.weights))
        return f"_{shaped.name}"

    def _place_states(self) -> None:
        members = {}
        for node, state in self.persistent:
            dtype = state.format.dtype
            if dtype not in self.buffer_names:
                raise UnsupportedError(
                    f'layer "{node.layer}": MicroPython has no running mean in integers',
                    fix=("windows, with means from scratch: --window STEPS --hop STEPS", "generate C: --backend c99"),
                )
            members[node.name, state.name] = Frames(state.name, state.size, dtype)
        copied = self.streaming is not None and self.streaming.has_edge_frames
        windows = [(name, "", (one.frames + one.behind) * one.frame, dtype) for name, one, dtype in self.frame_buffers]
        layers = [
            (name, "_ring", (one.reach + 1) * one.frame if one.reach else 0, dtype) for name, one, dtype in self.windows
        ]
        layers += [(name, "", queue.frames * queue.frame, dtype) for name, queue, dtype in self.queues]
        stored = self._with_places(windows), self._with_places(layers)
        self.states = state_layout(self.buffer_names, members, *stored, copied)

    def _with_places(self, parts: Iterable[tuple[str, str, int, str]]) -> Iterator[Frames]:
        """A stream's stored frames, each part followed by its layer's position."""
        for name, suffix, values, dtype in parts:
            yield from (Frames(f"{name}{suffix}", values, dtype), Frames(f"{name}_at", PLACE, self.counts))

    # Spellings that depend on the type of values.

    def helper(self, name: str, dtype: str) -> str:
        """The name of the helper that copies, moves or fills values of a type."""
        return "_copy" if name == "move" else f"_{name}"

    def counter(self, place: int) -> str:
        """The value of a number of a layer's position."""
        return f"int({self.buffer_names[self.counts]}[{place}])"

    def unpack(self, source: str) -> str:
        """The statement that names the buffers; empty if ``s`` of floats already has its name."""
        return "" if source == "s" else f"s = {source}"

    @property
    def bounds(self) -> list[tuple[int, int, int]]:
        """The numbers of layers' positions between steps: the place of each, its least and its largest value."""
        if self.stream is None:
            return []
        queues, limits = {f"{queue.name}_at" for queue in self.stream.queues}, []
        for b in bounds(self.stream):
            at, first = self.states.frames[b.place], (0, b.next) if b.place in queues else b.came
            limits += [(at, *first), (at + 1, 0, b.held), (at + 2, 0, b.ended)]
        return limits

    @property
    def memory(self) -> list[Buffer]:
        """The model's buffers."""
        sizes, arenas = self.states.sizes, self.program.arenas
        return [
            Buffer(name, dtype, sizes[dtype], sizes[dtype] + arenas.get(dtype, 0))
            for dtype, name in self.buffer_names.items()
        ]

    def code(self, port: PortView) -> str:
        """The type code of a port's arrays."""
        return CODES[port.dtype]

    def _stage(self, stage: Stage, name: str) -> StageView:
        frames = [self.states.frames[name] for name, _, _ in self.frame_buffers]
        memory = {dtype: (name, self.states.sizes[dtype]) for dtype, name in self.buffer_names.items()}
        buffers = Buffers(self.program, self.tensor_names, self.states.members, memory, frames)
        return stage_view(Planner(self.program, self.function_of), stage, f"_{name}", buffers)

    def _identity(self) -> tuple[str, str]:
        return f"micropython {LAYOUT}", ""

    @property
    def stored_bytes(self) -> int:
        """Bytes of all states."""
        return sum(memory.size * memory.states for memory in self.memory)

    @property
    def state_bytes(self) -> int:
        """Bytes of the model's buffers."""
        return sum(memory.bytes for memory in self.memory)

    @property
    def weight_bytes(self) -> int:
        return self.weights.size

    def axis_input(self, axis: int) -> PortView | None:
        """The first input that gives an axis's length."""
        return next((port for port in self.inputs if port.axis == axis), None)
