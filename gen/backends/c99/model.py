"""The whole model, for the templates of the C99 backend."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...core.formats import Format
from ...core.graph import Port
from ...passes.memory import Program
from ...passes.schedule import Stage
from .. import base
from ..base import Origin, PortView
from ..calls import Call, Planner
from ..function import ShapedOp
from ..names import Names
from ..streams import RingBounds, bounds
from ..view import ProgramView
from . import stages
from .blocks import Layout
from .fixed import TABLES
from .floats import FloatFunction
from .function import LayerFunction
from .integer import IntegerFunction
from .kernels import Kernels
from .literals import ctype
from .needed import Needed
from .stages import Argument, StageView, arena_name
from .streams import STREAM
from .turns import TurnGroup, grouped_calls

TAKEN = (
    *"state arena t steps gemv act load clamp rescale spare k i at row rows start first last".split(),
    *"now place within before passed stream copy ends".split(),
)
"""Names that the templates use."""
PLACE = 4
"""Values of a ``NAME_place_t``."""
FORMS = {"pointers": "row", "fold": "fold"}
"""Call of a row's function -> suffix of the function."""


@dataclass(frozen=True)
class Options(base.Options):
    """The choices of the user or the target.

    Args:
        layout: the block shapes.
        progmem: whether tables are in program memory, if the compiler has a separate address space for it.
        math: ``fast`` (own exp and tanh, contraction left to the compiler), ``exact`` (no contraction: the same bits
            everywhere) or ``libm``.
        asm: whether kernels may use inline assembly; else they are C, which computes the same.
    """

    layout: Layout
    math: str = "fast"
    progmem: bool = False
    asm: bool = True


@dataclass(frozen=True)
class Member:
    """A member of the state struct."""

    name: str
    size: int
    note: str
    dtype: str = "float32"
    type: str = ""
    """The name of a struct type, if the member is a single struct of ``size`` values."""
    views: tuple[tuple[str, int], ...] = ()
    """Types that share its bytes in a union, and the number of values of each; ``dtype`` is then the widest."""

    @property
    def bytes(self) -> int:
        return self.size * self.width

    @property
    def ctype(self) -> str:
        return self.type or ctype(self.dtype)

    @property
    def declaration(self) -> str:
        return f"{self.ctype} {self.name}" + ("" if self.type else f"[{self.size}]")

    @property
    def united(self) -> tuple[str, ...]:
        """The declarations of a union's members."""
        return tuple(f"{ctype(kind)} {kind}[{size}]" for kind, size in self.views)

    @property
    def width(self) -> int:
        """Bytes of a value."""
        return Format(self.dtype).size


class ModelView(ProgramView[StageView]):
    """A program in C."""

    def __init__(self, program: Program, origin: Origin, options: Options) -> None:
        self.options = options
        self.up = options.name.upper()
        self.space = f"{self.up}_FLASH" if options.progmem else ""
        self.needed = Needed()
        self.kernels = Kernels(options.layout, options.math, options.asm)
        self.functions: list[LayerFunction] = []
        self.bodies: dict[str, list[Call[Argument] | TurnGroup]] = {}
        """The calls of each stage; calls that take turns are grouped."""
        names = Names()
        names.reserve(TABLES)
        for word in (options.name, *TAKEN):
            names.unique(word)
        super().__init__(program, origin, options, names)
        self._tell_forms()

    @property
    def bounds(self) -> tuple[RingBounds, ...]:
        """The bounds of each position in the state of a stream."""
        if self.stream is None:
            return ()
        return tuple(bounds(self.stream, f"{STREAM}." if self.stream.facts.has_edge_frames else ""))

    @property
    def counts(self) -> list[str]:
        """The members of the state by which integer means over time divide."""
        states = [(node, state) for node, state in self.persistent if state.name == "steps" and state.format.integer]
        return [f"{self.node_names[node.name]}_{state.name}" for node, state in states]

    def _tell_forms(self) -> None:
        """Record the forms of each function that calls need."""
        kernels = {f"{f.name}_forward": self.kernels.each(f) for f in self.functions}
        self._each = {f"{f.name}_forward": f.pairs() for f in self.functions}
        self._anywhere = {name for name, kernel in kernels.items() if kernel is not None and kernel.anywhere}
        forms: dict[str, set[str]] = {}
        for part in (part for body in self.bodies.values() for part in body):
            rows = isinstance(part, TurnGroup)
            turns = [(one.call, one.turn.walk.call) for one in part.turns] if isinstance(part, TurnGroup) else []
            for call, how in [(part, "")] if isinstance(part, Call) else turns:
                each = not how and self.each(call, rows)
                used = forms.setdefault(call.function, set())
                used.add("each" if each else FORMS.get(how, "forward"))
                used |= {"overlaid"} if each and not rows else set()
        for f in self.functions:
            f.forms = frozenset(forms[f"{f.name}_forward"])

    def each(self, call: Call[Argument], rows: bool = True) -> str:
        """The name of the function that computes all positions; empty if there is none. A row of the output does not
        overlap the input's row; positions of other calls may.

        Args:
            rows: whether the positions are those of a row.
        """
        sizes = self._each.get(call.function)
        if not sizes or call.times == 1 or (call.inputs[0].step, call.outputs[0].step) != sizes or call.cell:
            return ""
        if not rows and (call.function not in self._anywhere or self.streaming is not None):
            return ""
        return call.function.removesuffix("_forward") + "_each"

    def _port_name(self, side: str, port: Port, alone: bool) -> str:
        return self._names.unique(side if alone else f"{side}_{port.name}", side)

    def _write(self, shaped: ShapedOp) -> str:
        kind = IntegerFunction if self.integer else FloatFunction
        self.functions.append(kind(shaped, self.kernels, self.space, self.needed))
        return f"{shaped.name}_forward"

    def _place_states(self) -> None:
        for node in self.nodes:
            for tensor in node.outputs:
                self.tensor_names.setdefault(tensor, f"{self.node_names[node.name]}_out")
        members = [
            Member(f"{self.node_names[node.name]}_{state.name}", state.size, state.note, state.format.dtype)
            for node, state in self.persistent
        ]
        self.streamed = _filled(sorted(self._rings(), key=lambda member: -member.width)) if self._copied else ()
        """Members for layers' stored frames; they get their own struct if windows work on a copy."""
        members += self._last_frames()
        members += self._copies() if self.streamed else self._rings()
        note = "scratch; holds nothing between calls"
        arenas = self.program.arenas
        if self.program.united and len(arenas) > 1:
            widest = max(arenas, key=lambda kind: Format(kind).size)
            members.append(Member("arena", arenas[widest], note, widest, views=tuple(arenas.items())))
        else:
            members += [Member(arena_name(self.program, kind), size, note, kind) for kind, size in arenas.items()]
        if not members:
            members.append(Member("arena", 1, note))
        self.members = _filled(sorted(members, key=lambda member: -member.width))
        buffers = [name for name, _, _ in self.frame_buffers]
        self.names = stages.ValueNames(self.program, self.tensor_names, self.node_names, buffers)

    @property
    def _copied(self) -> bool:
        return self.streaming is not None and self.streaming.has_edge_frames

    def _copies(self) -> list[Member]:
        """The struct of layers' stored frames, twice."""
        kind, widest = f"{self.name}_stream_t", self.streamed[0]
        count = sum(member.bytes for member in self.streamed) // widest.width
        return [
            Member("stream", count, "what layers keep of frames", widest.dtype, kind),
            Member("copy", count, "the same while a window's own frames are made", widest.dtype, kind),
        ]

    def _place(self, name: str) -> Member:
        """The member with a layer's position."""
        return Member(f"{name}_at", PLACE, "", "int16", f"{self.name}_place_t")

    def _last_frames(self) -> Iterator[Member]:
        """Members for a stream's frame buffers."""
        for name, buffer, dtype in self.frame_buffers:
            count = buffer.frames + buffer.behind
            note = f"the last {count} frame{'s' if count > 1 else ''}, in order"
            yield from (Member(name, buffer.room * buffer.frame, note, dtype), self._place(name))

    def _rings(self) -> Iterator[Member]:
        """Members for a stream's ring buffers of windows and for its queues."""
        for name, window, dtype in self.windows:
            if window.reach:
                note = f"the last {window.reach} frame{'s' if window.reach > 1 else ''} of its input"
                yield Member(f"{name}_ring", window.reach * window.frame, note, dtype)
            if window.placed:
                yield self._place(name)
        for name, queue, dtype in self.queues:
            note = f"at most {queue.frames} frames that wait for its other inputs"
            yield from (Member(name, queue.frames * queue.frame, note, dtype), self._place(name))

    def _stage(self, stage: Stage, name: str) -> StageView:
        view = stages.stage_view(Planner(self.program, self.function_of), stage, name, self.names)
        self.bodies[name] = list(grouped_calls(self.program, stage, view.calls))
        return view

    def _identity(self) -> tuple[str, str]:
        math = "" if self.integer else self.options.math  # float math does not affect integers
        layout = self.options.layout
        kernels = f"Layout(rows={layout.rows}, lanes={layout.lanes}, isa={' '.join(self.kernels.special)!r})"
        return "", f"{math}{kernels}{'' if self.options.asm else 'C'}"

    def place(self, port: PortView) -> str:
        """The expression of a port's own place in the working memory."""
        side, views = (self.graph.inputs, self.inputs) if port in self.inputs else (self.graph.outputs, self.outputs)
        return self.names.whole(self.program.schedule.access[side[views.index(port)].tensor].tensor)

    @property
    def spaced(self) -> str:
        """The address space of tables for templates, with a trailing blank; empty for that of variables."""
        return f"{self.space} " if self.space else ""

    @property
    def copies_in_line(self) -> list[str]:
        """Lines that keep copies of few bytes inline where ``-fno-builtin``, as for Arduino's UNO R4, makes memcpy a
        call."""
        copy = "#define memcpy(to, from, bytes) __builtin_memcpy(to, from, bytes) /* in line, also with -fno-builtin */"
        return ["#if defined(__GNUC__) && !defined(memcpy)", copy, "#endif"] if self.kernels.copies else []

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Headers of the instruction sets with code, each with the macro that announces it."""
        return self.kernels.headers()

    @property
    def state_bytes(self) -> int:
        """Size of the state struct, which has no padding: its members are sorted by the width of their values."""
        return sum(member.bytes for member in self.members)

    @property
    def weight_bytes(self) -> int:
        """Bytes of weights as in the file, shared ones once, without the padding of blocks."""
        return sum(f.weight_bytes for f in self.functions)

    @property
    def ignored(self) -> tuple[str, ...]:
        """Inputs that no output depends on: Keras requires them, but no code reads them."""
        access = self.program.schedule.access
        read = {access[tensor].tensor for node in self.nodes for tensor in node.inputs}
        ports = zip(self.inputs, self.graph.inputs, strict=True)
        return tuple(view.name for view, port in ports if port.tensor not in read)

    @property
    def ignored_steps(self) -> tuple[str, ...]:
        """Lengths that ``run`` takes but has no loop for: those of ignored inputs."""
        looped = {stage.axis for stage in self.stages}
        return tuple(
            axis.name
            for index, axis in enumerate(self.axes)
            if index not in looped and axis.fixed is None and axis.capacity is None
        )


def _filled(members: Sequence[Member]) -> tuple[Member, ...]:
    """The members, with a filler for the last word; a compiler would otherwise insert padding."""
    widest = max(member.width for member in members)
    spare = -sum(member.bytes for member in members) % widest
    filler = [Member("spare", spare, "fills the last word", "int8")] if spare else []
    return (*members, *filler)
