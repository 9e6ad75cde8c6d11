"""A model's flash, RAM, stack and multiply-adds on a board.

Tables, state and buffers are exact: they follow from the generated files and from shapes. Code and stack are what the
board's own compiler made of the library (``compiled``), or the sum of earlier compiled sizes of the same pieces
(``estimated``; ``gatesmith.boards.costs``). The firmware counted with the model is bare: the link, a port and the C
library, as on emulated boards; no Arduino core, no SDK.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ..backends.base import Generated, Table
from ..boards import costs, cycles
from ..boards.target import Target
from ..core.errors import BudgetError
from ..run.toolchain.board import LARGEST_ARRAY, LEAST_STACK, NEAR_BYTES
from .compiled import Compiled

EXACT, COMPILED, ESTIMATED = "exact", "compiled", "estimated"
LIBRARY_SHARE = 0.5
"""The share of the estimated code that a library certainly takes. Refusals rest on it."""
RAM_SLACK = 16
"""Bytes by which static RAM may be overestimated: the gaps between buffers."""
STACK_MARGIN = {8: 48, 32: 96}
"""Bytes of stack besides the library's own calls, by bits of a register: the port's call, an interrupt, arithmetic of
the C library."""
FITS = ("yes", "close", "no")


@dataclass(frozen=True)
class Part:
    """A share of the bytes: its content, and how sure the number is (``exact``, ``compiled`` or ``estimated``)."""

    name: str
    bytes: int
    sure: str


@dataclass(frozen=True)
class MemoryBudget:
    """A board's flash or RAM.

    Args:
        parts: the parts that use it.
        least: bytes used for sure; more than ``limit`` means that it cannot fit.
        most: bytes used at most, within the estimates' error.
        limit: the board's bytes.
    """

    parts: tuple[Part, ...]
    least: int
    most: int
    limit: int

    @property
    def used(self) -> int:
        """Bytes of all parts together."""
        return sum(part.bytes for part in self.parts)

    @property
    def free(self) -> int:
        """Bytes left; negative if the parts exceed the limit."""
        return self.limit - self.used

    @property
    def fits(self) -> str:
        """``no`` if that is certain, ``close`` if the limit lies within the estimate's error, else ``yes``."""
        return "no" if self.least > self.limit else "yes" if self.most <= self.limit else "close"


@dataclass(frozen=True)
class Budget:
    """A model on a board in a numeric type.

    Args:
        tables: constants, largest first.
        stack: bytes at the deepest point of a step or a sequence: an estimated upper bound.
        by_steps: the link's buffers hold one step; whole sequences would take too much RAM.
        limits: other reasons for which the board's compiler would refuse it.
        code_like: the compiler whose sizes stand in for those of the board's own; None if its own was measured.
        milliseconds, milliseconds_error: of a step (or of a call without steps), and their relative error, from the
            mean of common models; None if not measured.
        not_compiled: why nothing was compiled although that was requested.
    """

    target: str
    numeric: str
    tables: tuple[Table, ...]
    flash: MemoryBudget
    ram: MemoryBudget
    stack: int
    by_steps: bool
    limits: tuple[str, ...]
    code_like: str | None = None
    milliseconds: float | None = None
    milliseconds_error: float | None = None
    not_compiled: str | None = None

    @property
    def compiled(self) -> bool:
        """Whether the board's compiler made the code that is counted."""
        return any(part.sure == COMPILED for part in self.flash.parts)

    @property
    def code(self) -> str:
        """The source of the code's bytes: ``compiled`` or ``estimated``."""
        return COMPILED if self.compiled else ESTIMATED

    @property
    def fits(self) -> str:
        """``yes``, ``no`` if that is certain, ``close`` if the limit lies within an estimate's error."""
        words = {self.flash.fits, self.ram.fits, *(["no"] if self.limits else [])}
        return max(words, key=FITS.index)

    @property
    def layers(self) -> dict[str, int]:
        """Bytes of constants by the layer that they belong to, largest first."""
        sums: Counter[str] = Counter()
        for table in self.tables:
            sums[table.owner or table.name] += table.bytes
        return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))

    @property
    def largest_array(self) -> int:
        """Bytes of the largest table."""
        return max((table.bytes for table in self.tables), default=0)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not fit, with numbers; empty if it may. Memory that is over only by estimate is listed too: a
        board with more of the other memory alone would not do."""
        if self.fits != "no":
            return ()
        over = {"no": "over by", "close": "by estimate over by"}
        lines = [
            f"{name}: {memory.used:,} B of {memory.limit:,} B, {over[memory.fits]} {memory.used - memory.limit:,} B"
            for name, memory in (("flash", self.flash), ("RAM", self.ram))
            if memory.fits == "no" or (memory.fits == "close" and memory.used > memory.limit)
        ]
        return (*lines, *self.limits)


def _time(generated: Generated, board: Target, numeric: str) -> tuple[float | None, float | None]:
    """Milliseconds and their relative error, if known: never for a call of open length."""
    if not board.costs or generated.work.macs_per != generated.per:
        return None, None
    time, error = cycles.average(board, numeric, generated.work.macs) or (None, None)
    return None if time is None else float(f"{time:.3g}"), error


def budget(
    generated: Generated,
    lengths: Sequence[int],
    board: Target,
    numeric: str,
    by_steps: bool = False,
    link: bool = True,
    built: Compiled | None = None,
) -> Budget:
    """The budget of a generated library on a board.

    Args:
        lengths: steps that the link's buffers hold, one an axis.
        by_steps: they hold one step each.
        link: whether firmware with the link must fit; else only the library, in a user's own program.
        built: sizes by the board's compiler; without them, they are estimated.
    """
    tables = sum(table.bytes for table in generated.tables)
    state = generated.state_bytes + (-generated.state_bytes % 4 if board.word > 8 else 0)
    room = sum(buffers(generated, lengths, board.word))
    program = _built(built, board, tables, state + room) if built else _estimated(generated, board, numeric)
    used = tables + program.code + program.link + program.port
    deep = max(program.stack, LEAST_STACK)
    static = program.ram + state + room
    if link:
        least = (used - program.margin, static - program.slack + LEAST_STACK)
    else:
        least = (tables + round(LIBRARY_SHARE * program.code), generated.state_bytes)
    flash = MemoryBudget(program.flash_parts(tables), least[0], used + program.margin, board.flash)
    ram = MemoryBudget(program.ram_parts(state, room, deep), least[1], static + deep, board.ram + board.external_ram)
    outside = _external_limits(board, static + deep, state + room)
    order = tuple(sorted(generated.tables, key=lambda table: (-table.bytes, table.name)))
    like = board.costs.like if board.costs and not built else ""
    return Budget(
        board.name, numeric, order, flash, ram, program.stack, by_steps,
        (*limits_of(order, board), *outside), like or None,
        *_time(generated, board, numeric),
    )  # fmt: skip


@dataclass(frozen=True)
class _Code:
    """Bytes of code, link, port and stack, without tables, state and buffers.

    Args:
        code, link, port: of flash.
        margin: the error of their sum.
        ram: static bytes of link, port and C library.
        slack: by how much ``ram`` may be too large.
        stack: an upper bound of its bytes.
        sure: how sure all the numbers are.
    """

    code: int
    link: int
    port: int
    margin: int
    ram: int
    slack: int
    stack: int
    sure: str

    def flash_parts(self, tables: int) -> tuple[Part, ...]:
        """The parts that use flash."""
        code = {"model code": self.code, "link": self.link, "port, C library": self.port}
        return Part("weights and tables", tables, EXACT), *(Part(name, size, self.sure) for name, size in code.items())

    def ram_parts(self, state: int, room: int, deep: int) -> tuple[Part, ...]:
        """The parts that use RAM; ``room`` is bytes of the link's buffers, ``deep`` of the stack."""
        exact = {"state and scratch": state, "input and output buffers": room}
        firmware = {"link, port, C library": self.ram, "stack": deep}
        return (
            *(Part(name, size, EXACT) for name, size in exact.items()),
            *(Part(name, size, self.sure) for name, size in firmware.items()),
        )


def _built(built: Compiled, board: Target, tables: int, reserved: int) -> _Code:
    """Compiled sizes; ``reserved`` bytes of RAM are state and buffers."""
    depth = (built.stack or 0) + STACK_MARGIN[8 if board.word == 8 else 32]
    return _Code(built.model - tables, built.link, built.rest, 0, built.ram - reserved, 0, depth, COMPILED)


def _estimated(generated: Generated, board: Target, numeric: str) -> _Code:
    """Sizes estimated from what the family's compiler made of the same pieces; 0 if its compiler was not measured."""
    costs_of_pieces = board.costs
    if costs_of_pieces is None:
        return _Code(0, 0, 0, 0, 0, RAM_SLACK, 0, ESTIMATED)
    code = costs_of_pieces.estimate(generated.pieces)
    firmware = costs_of_pieces.firmware_of(board.emulator)
    link, port = costs.of(firmware.link, numeric) + len(generated.name), firmware.port_of(numeric)
    margin = costs_of_pieces.error(generated.pieces, numeric, port, code + link + port.bytes)
    depth = costs.of(costs_of_pieces.stack, numeric) + STACK_MARGIN[8 if board.word == 8 else 32]
    return _Code(code, link, port.bytes, margin, firmware.ram, RAM_SLACK, depth, ESTIMATED)


def buffers(generated: Generated, lengths: Sequence[int], word: int) -> tuple[int, ...]:
    """Bytes of each array that ties the library to the link: the ports' values, then the axes' steps; each with the gap
    after it.

    Args:
        lengths: steps that they hold, one an axis.
        word: bits of the target's registers.
    """
    align, size_t = (1, 2) if word == 8 else (4, 4)
    sizes = [
        port.format.size * port.frame * (1 if port.axis is None else lengths[port.axis])
        for port in (*generated.inputs, *generated.outputs)
    ]
    if generated.axes:
        sizes.append(size_t * len(generated.axes))
    return tuple(size + -size % align for size in sizes)


def require_fit(budget: Budget, where: str = "") -> None:
    """Refuse a model that surely does not fit.

    Raises:
        BudgetError: with numbers.
    """
    if budget.fits == "no":
        problem = f"the model does not fit {budget.target} as {budget.numeric}"
        if budget.limits and budget.largest_array > LARGEST_ARRAY:
            problem = (
                f"an array of the model is too large for {budget.target}: its compiler takes at most"
                f" {LARGEST_ARRAY:,} bytes for one"
            )
        raise BudgetError(problem, where=where, why="; ".join(budget.reasons))


def limits_of(tables: Sequence[Table], board: Target) -> tuple[str, ...]:
    """Tables that the compiler of a board with a separate space for constants would refuse."""
    if board.constants != "progmem":
        return ()
    over = [
        f"array {table.name}: {table.bytes:,} B of {LARGEST_ARRAY:,} B"
        for table in tables
        if table.bytes > LARGEST_ARRAY
    ]
    total = sum(table.bytes for table in tables)
    if total > NEAR_BYTES:
        over.append(f"constants: {total:,} B of the {NEAR_BYTES:,} B that a 16-bit pointer into program memory reaches")
    return tuple(over)


def _external_limits(board: Target, used: int, large: int) -> tuple[str, ...]:
    """The reason why a board's external RAM is too small, if there is one. State and buffers, ``large`` bytes, go there
    if internal RAM does not hold all ``used`` bytes."""
    if not board.external_ram or used <= board.ram or large <= board.external_ram:
        return ()
    over = large - board.external_ram
    return (f"external RAM: {large:,} B of state and buffers, of {board.external_ram:,} B, over by {over:,} B",)
