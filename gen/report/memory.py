"""``gatesmith inspect --memory``: what lies where in the working memory, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ..flow.memory import MemoryPlan
from ..passes.layout import Held, Memory
from ..version import __version__
from .page import Column, Page, Part, Row, Styled

SCHEMA = "gatesmith/memory/1"
BAR = 24
"""Characters of a drawn arena."""


def memory_json(plan: MemoryPlan) -> dict[str, Any]:
    """The plan for programs."""
    return {
        "schema": SCHEMA,
        "gatesmith": __version__,
        "file": str(plan.path),
        "numeric": plan.numeric.name,
        **asdict(plan.memory),
    }


def memory_page(plan: MemoryPlan, ascii_only: bool = False) -> Page:
    """The plan, drawn."""
    page, memory = Page(ascii_only), plan.memory
    page.line(Styled(plan.path.name, "name"), f"  in {plan.numeric.name}, as C has it")
    page.blank()
    page.facts(_facts(memory))
    for group in memory.groups:
        page.blank()
        page.line(Styled("by turns, a row each  ", "dim"), ", ".join(group), indent=2, hang=4)
    page.blank()
    columns = [
        Column("bytes from", right=True),
        Column("size", right=True),
        Column("what", folds=True),
        Column("rows kept", leaves=2),
        Column("last read by", folds=True, leaves=1),
        Column("the arena", leaves=3),
    ]
    page.table(columns, [_row(held, memory.arena, ascii_only) for held in memory.held])
    return page


def _facts(memory: Memory) -> Sequence[tuple[str, Part]]:
    facts: list[tuple[str, Part]] = [("arena", f"{memory.arena:,} B")]
    if memory.states:
        facts.append(("states", f"{memory.states:,} B"))
    for ports, size in (("inputs", memory.inputs), ("outputs", memory.outputs)):
        facts.append((ports, f"{size:,} B, the caller's" if size else "in the arena"))
    facts.append(("in all", f"{memory.arena + memory.states + memory.inputs + memory.outputs:,} B"))
    return facts


def _row(held: Held, arena: int, ascii_only: bool) -> Row:
    rows = "" if held.rows == 1 else f"{held.kept} of {held.rows}"
    what = held.layer if held.what == "output" else f"{held.layer} ({held.what})"
    return [f"{held.offset:,}", f"{held.bytes:,}", what, rows, held.until, _bar(held, arena, ascii_only)]


def _bar(held: Held, arena: int, ascii_only: bool) -> str:
    """Where it lies."""
    first = held.offset * BAR // arena
    last = max(first + 1, -(-(held.offset + held.bytes) * BAR // arena))
    return "." * first + ("#" if ascii_only else "█") * (last - first) + "." * (BAR - last)
