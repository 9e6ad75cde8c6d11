"""Cycles that a core takes for counted instructions: ``targets/cycles/FAMILY.toml``.

The tables come from manufacturers' manuals, and name them. They include neither flash wait states nor caches.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import msgspec

from ..core.errors import UsageError
from .tables import struct_of
from .target import Target, names, read_table

FOLDER = "cycles"
CONDITIONS = "(?:eq|ne|cs|cc|mi|pl|vs|vc|hi|ls|ge|lt|gt|le)"
"""The condition codes that ``COND`` stands for in a pattern of a mnemonic."""
REGISTERS = re.compile(r"\{([^}]*)\}")
VECTOR = re.compile(r"\bq\d")
RANGE = re.compile(r"([a-z]+)(\d+)(?:-[a-z]+(\d+))?")


@dataclass(frozen=True)
class Executed:
    """An instruction of a program, and how often it was executed.

    Args:
        mnemonic, operands: as a disassembler writes them.
        count: how many times it ran.
        taken: how many times it jumped.
        before: the mnemonic of the previous instruction, if that always runs before it; else empty.
        layer: the identifier of the layer that it belongs to, or that called it; empty before the first.
    """

    mnemonic: str
    operands: str
    count: int
    taken: int = 0
    before: str = ""
    layer: str = ""


class CycleKind(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Instructions that take the same time.

    Args:
        name: for people.
        match: a pattern of the whole mnemonic. An instruction that loads the program counter has `` pc`` appended, one
            with a vector register `` q``.
        cycles: cycles of one instruction.
        each: more for each register of a list.
        taken: more if it jumps.
        repeat: cycles instead of ``cycles`` after another of the kind: a pipeline's next load.
    """

    name: str
    match: str
    cycles: float
    each: float = 0.0
    taken: float = 0.0
    repeat: float | None = None


class Cycles(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A core's table.

    Args:
        core: the core whose cycles these are.
        source: the manual.
        checked: what the table was checked against, or a remark that it was not.
        error: the relative error of an estimate, without flash wait states.
        issue: factor on the table's cycles: below 1 if a core executes two instructions at a time.
        kinds: the first that matches counts.
        average: cycles per multiply-add by numeric type, the mean of common models; ``spread`` is the largest relative
            distance from it. Empty if not measured.
    """

    core: str
    source: str
    checked: str
    error: float
    kinds: tuple[CycleKind, ...] = msgspec.field(name="classes")
    issue: float = 1.0
    average: Mapping[str, float] = {}

    def origin(self, target: Target) -> str:
        """The source, for a page; with the table's core if the target's is another."""
        return self.source if target.core == self.core else f"{self.source}, of the {self.core}, not the {target.core}"

    def kind_of(self, mnemonic: str, operands: str = "") -> CycleKind | None:
        """The kind of an instruction; None if the table does not have it."""
        word = f"{mnemonic} pc" if _jumps(mnemonic, operands) else mnemonic
        word = f"{word} q" if VECTOR.search(operands) else word
        return next((kind for kind in self.kinds if _pattern(kind.match).match(word)), None)

    def estimate(self, executed: Iterable[Executed]) -> float:
        """Cycles of instructions; an instruction that is not in the table takes one."""
        total = 0.0
        for one in executed:
            kind = self.kind_of(one.mnemonic, one.operands)
            if kind is None:
                total += one.count
                continue
            first = kind.cycles
            if kind.repeat is not None and one.before and self.kind_of(one.before) is kind:
                first = kind.repeat
            more = kind.each * words(one.operands) if kind.each else 0.0
            total += one.count * (first + more) + one.taken * kind.taken
        return total * self.issue


def of(target: Target) -> Cycles | None:
    """The table of a target's family; None if no manual gives its cycles.

    Raises:
        UsageError: its file is invalid.
    """
    if target.family not in names(FOLDER):
        return None
    return parse(read_table(FOLDER, target.family), f"cycles {target.family}")


def average(target: Target, numeric: str, macs: int) -> tuple[float, float] | None:
    """Milliseconds of ``macs`` multiply-adds from the mean of common models, and their relative error; None if the
    target's core was not measured.

    Raises:
        UsageError: as :func:`of`.
    """
    table = of(target)
    if table is None or table.core != target.core or not (target.clock and macs) or numeric not in table.average:
        return None
    return 1e3 * table.average[numeric] * macs / target.clock, table.average["spread"]


def parse(table: dict[str, Any], where: str) -> Cycles:
    """A table from its file.

    Raises:
        UsageError: a key is unknown or missing, or a value is of another type.
    """
    cycles = struct_of(Cycles, table, where)
    for kind in cycles.kinds:
        try:
            _pattern(kind.match)
        except re.error as error:
            raise UsageError(f"{where}, {kind.name}: {kind.match!r} is no pattern: {error}") from error
    return cycles


@cache
def _pattern(match: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{match.replace('COND', CONDITIONS)})$")


def _jumps(mnemonic: str, operands: str) -> bool:
    """Whether an instruction is a load that writes the program counter."""
    if not mnemonic.startswith(("pop", "ldm", "ldr")):
        return False
    listed = REGISTERS.search(operands)
    return bool(re.search(r"\bpc\b", listed[1])) if listed else operands.startswith("pc,")


def words(operands: str) -> int:
    """Words in the registers of a list; a register of 64 bits has two."""
    listed = REGISTERS.search(operands)
    if listed is None:
        return 1
    total = 0
    for part in listed[1].split(","):
        span = RANGE.fullmatch(part.strip())
        if span is None:
            total += 1
            continue
        count = int(span[3]) - int(span[2]) + 1 if span[3] else 1
        total += count * (2 if span[1] == "d" else 1)
    return total
