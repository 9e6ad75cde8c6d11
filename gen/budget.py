"""What a model takes of a board, before anything is compiled: flash, RAM, stack, multiply-adds.

Tables and buffers are counted exactly, from the text that the compiler would get. The size of code and the depth of the
stack are estimated from the shape of the generated functions, with constants that ``tools/fit_budget.py`` measured for
a family's compiler (``[budget]`` in ``targets/families``). What is counted beside the model is bare firmware: the link,
a port and the C library, as it runs on emulated boards; no Arduino core, no SDK.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .backends.base import Generated
from .backends.c99 import inventory
from .backends.c99.inventory import Code, Function, Inventory, Table
from .device.board import LARGEST_ARRAY, LEAST_STACK, NEAR_BYTES
from .errors import BudgetError
from .target import Target

LOOP_BINS = (120.0, 300.0, 450.0)
"""Operations of a written-out loop above which compilers more and more rarely write it out."""
LIBRARY_SHARE = 0.5
"""Of the code's estimate, what a library certainly takes: refusals rest upon it."""
SHORT_CALL = 3.0
RAM_SLACK = 16
"""Bytes by which static RAM may be overestimated: the gaps between buffers."""
FITS = ("yes", "close", "no")


@dataclass(frozen=True)
class Part:
    """Some of the bytes: what they are, and how sure the number is: ``exact``, ``measured`` or ``estimated``."""

    name: str
    bytes: int
    sure: str


@dataclass(frozen=True)
class Memory:
    """A board's flash or RAM.

    Args:
        parts: what takes it.
        least: bytes it takes for sure; more than ``limit`` means that it cannot fit.
        most: bytes it takes at most, as far as estimates go.
        limit: bytes that there are.
    """

    parts: tuple[Part, ...]
    least: int
    most: int
    limit: int

    @property
    def used(self) -> int:
        """Bytes, the parts in all."""
        return sum(part.bytes for part in self.parts)

    @property
    def fits(self) -> str:
        """``yes``; ``no`` where that is sure; ``close`` where an estimate's error decides."""
        return "no" if self.least > self.limit else "yes" if self.most <= self.limit else "close"


@dataclass(frozen=True)
class Budget:
    """A model on a board in a numeric type.

    Args:
        tables: constants, largest first.
        stack: deepest, of a step or a sequence: an upper bound by estimate.
        macs: multiply-adds of a step; of the whole where there is no time axis.
        by_steps: the link's buffers hold one step; whole sequences would take too much RAM.
        limits: what else the board's compiler refuses.
        like: the family whose compiler was measured in place of the board's own; empty if its own was.
    """

    target: str
    numeric: str
    tables: tuple[Table, ...]
    flash: Memory
    ram: Memory
    stack: int
    macs: int
    by_steps: bool
    limits: tuple[str, ...]
    like: str

    @property
    def fits(self) -> str:
        """``yes``, ``no`` where that is sure, ``close`` where an estimate's error decides."""
        found = {self.flash.fits, self.ram.fits, *(["no"] if self.limits else [])}
        return max(found, key=FITS.index)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why it does not fit, with numbers; empty where it may."""
        told = [
            f"{name}: {memory.used:,} B of {memory.limit:,} B, over by {memory.used - memory.limit:,} B"
            for name, memory in (("flash", self.flash), ("RAM", self.ram))
            if memory.fits == "no"
        ]
        return (*told, *self.limits)


def budget(
    made: Generated, glue: str, board: Target, numeric: str, by_steps: bool = False, link: bool = True
) -> Budget:
    """The budget of a generated library on a board.

    Args:
        glue: the C text that ties it to the link, whose buffers are counted.
        by_steps: its buffers hold one step each.
        link: whether firmware with the link is what must fit; else the library alone, in a program of the user's own.

    Raises:
        ValueError: the text holds a type whose size is not known.
    """
    held = inventory.take(made, board.word)
    costs = board.costs
    code = estimate(features(held), costs.code_of(numeric)) if costs else 0
    error = costs.error_of(numeric) if costs else 1.0
    firmware = costs.firmware_flash + len(made.name) if costs else 0
    tables, state = held.table_bytes, held.state_bytes
    buffers = inventory.buffers(glue, board.word)
    stack = deepest(held, costs.stack) if costs else 0
    fixed = costs.firmware_ram if costs else 0
    static = fixed + state + sum(buffers) + (-state % 4 if board.word > 8 else 0)
    margin = round(error * (code + firmware))
    least_static = static - RAM_SLACK + LEAST_STACK if link else state
    flash = Memory(
        (
            Part("weights and tables", tables, "exact"),
            Part("model code", code, "estimated"),
            Part("link, port, C library", firmware, "measured"),
        ),
        tables + (code + firmware - margin if link else round(LIBRARY_SHARE * code)),
        tables + code + firmware + margin,
        board.flash,
    )
    deep = max(stack, LEAST_STACK)
    ram = Memory(
        (
            Part("state and scratch", static - fixed - sum(buffers), "exact"),
            Part("input and output buffers", sum(buffers), "exact"),
            Part("link, port, C library", fixed, "measured"),
            Part("stack", deep, "estimated"),
        ),
        least_static,
        static + deep,
        board.ram,
    )
    order = tuple(sorted(held.tables, key=lambda table: (-table.bytes, table.name)))
    like = costs.like if costs else ""
    return Budget(
        board.name, numeric, order, flash, ram, stack, made.macs, by_steps, limits_of(order, board), like
    )  # fmt: skip


def hold(found: Budget, where: str = "") -> None:
    """Refuse a model that surely does not fit.

    Raises:
        BudgetError: with numbers.
    """
    if found.fits == "no":
        what = f"the model does not fit {found.target} as {found.numeric}"
        if found.tables and found.limits and found.tables[0].bytes > LARGEST_ARRAY:
            what = (
                f"an array of the model is too large for {found.target}: its compiler takes at most"
                f" {LARGEST_ARRAY:,} bytes for one"
            )
        raise BudgetError(what, where=where, why="; ".join(found.reasons))


def limits_of(tables: Sequence[Table], board: Target) -> tuple[str, ...]:
    """What the compiler of a board with a space for constants refuses."""
    if board.constants != "progmem":
        return ()
    told = [
        f"array {table.name}: {table.bytes:,} B of {LARGEST_ARRAY:,} B"
        for table in tables
        if table.bytes > LARGEST_ARRAY
    ]
    total = sum(table.bytes for table in tables)
    if total > NEAR_BYTES:
        told.append(f"constants: {total:,} B of the {NEAR_BYTES:,} B that a 16-bit pointer into program memory reaches")
    return tuple(told)


def layers_of(tables: Sequence[Table]) -> dict[str, int]:
    """Bytes of constants by the layer that they belong to, largest first."""
    sums: dict[str, int] = {}
    for table in tables:
        owner = table.owner or table.name
        sums[owner] = sums.get(owner, 0) + table.bytes
    return dict(sorted(sums.items(), key=lambda item: (-item[1], item[0])))


def features(held: Inventory) -> dict[str, float]:
    """What the size of compiled code depends on, counted over the functions of a library. 1 is the constant."""
    functions = {function.name: function for function in held.functions}
    sizes: dict[str, float] = {}
    found = dict.fromkeys(FEATURES, 0.0)
    found["one"] = 1.0
    sites: dict[str, int] = {}
    stepped = any(name.endswith("_step") for name in functions)
    for function in held.functions:
        kind = _kind(function.name)
        code = function.code
        found[kind] += 1
        prefix = "helper" if kind == "helpers" else "body"
        for key in ("work", "access", "loops", "branches", "numbers"):
            found[f"{prefix}_{key}"] += getattr(code, key)
        if kind == "sums":
            found["rows"] += _rows(function.name)
        if kind == "others" and stepped:
            found["twice"] += _operations(code, functions, sizes)  # step and run each take it in
        if kind == "layers":
            for loop in function.loops:
                once = _operations(loop.body, functions, sizes)
                bin_ = sum(once * loop.turns > edge for edge in LOOP_BINS)
                if bin_ < len(LOOP_BINS):
                    found[f"unrolled_{bin_}"] += once * (loop.turns - 1)
        for callee, places in code.calls.items():
            found[f"call_{_kind(callee) if callee in functions else 'library'}"] += places
            if kind != "helpers" and callee in functions and _kind(callee) == "helpers":
                sites[callee] = sites.get(callee, 0) + places
    for callee, places in sites.items():
        found["repeated"] += (places - 1) * _operations(functions[callee].code, functions, sizes)
    return found


FEATURES = (
    "one", "layers", "others", "helpers", "sums", "rows", "twice", "repeated",
    *(f"body_{key}" for key in ("work", "access", "loops", "branches", "numbers")),
    *(f"helper_{key}" for key in ("work", "access", "loops", "branches", "numbers")),
    *(f"unrolled_{number}" for number in range(len(LOOP_BINS))),
    *(f"call_{kind}" for kind in ("layers", "others", "helpers", "sums", "library")),
)  # fmt: skip
"""Names of the features; a family's constants have bytes for each."""


def estimate(counted: Mapping[str, float], constants: Mapping[str, float]) -> int:
    """Bytes of code; unknown features cost nothing."""
    return max(0, round(sum(number * constants.get(name, 0.0) for name, number in counted.items())))


def deepest(held: Inventory, constants: Mapping[str, float]) -> int:
    """The deepest stack below a call of the library, in bytes: local arrays exactly, the rest by the function."""
    functions = {function.name: function for function in held.functions}
    depths: dict[str, float] = {}

    def depth(name: str, above: frozenset[str]) -> float:
        if name in depths or name in above or name not in functions:
            return depths.get(name, 0.0)
        function = functions[name]
        below = max((depth(callee, above | {name}) for callee in function.code.calls), default=0.0)
        depths[name] = frame(function, constants) + below
        return depths[name]

    return round(constants["base"] + max(depth(name, frozenset()) for name in functions))


def frame(function: Function, constants: Mapping[str, float]) -> float:
    """Bytes of one function's frame. Short helpers are inlined and add only what they keep."""
    kept = constants["value"] * (function.parameters + function.scalars)
    return function.arrays + kept + (0.0 if _kind(function.name) == "helpers" else constants["call"])


def _kind(name: str) -> str:
    if name.startswith("act_"):
        return "helpers"
    if name.startswith(("gemv", "load")):
        return "sums"
    return "layers" if name.endswith("_forward") else "others"


def _rows(name: str) -> int:
    last = name.rpartition("_")[2]
    return int(last) if last.isdigit() and "long" not in name else 0


def _operations(code: Code, functions: Mapping[str, Function], known: dict[str, float]) -> float:
    """Roughly a compiler's own count of operations, helpers inlined."""

    def of(name: str) -> float:
        if name not in functions or _kind(name) != "helpers":
            return SHORT_CALL
        if name not in known:
            known[name] = 0.0
            known[name] = _operations(functions[name].code, functions, known)
        return known[name]

    own = code.work + 0.5 * code.numbers + code.branches + 0.7 * code.access
    return own + sum(places * of(name) for name, places in code.calls.items())
