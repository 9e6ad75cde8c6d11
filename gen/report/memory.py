"""``gatesmith inspect --memory``: what lies where in the working memory, and how long."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..flow.reports import MemoryReport
from ..passes.layout import Allocation
from .page import Column, Part, Row, Sheet, Styled, paged

BAR = 24
"""Characters of a drawn arena."""


@paged
def memory_page(page: Sheet, plan: MemoryReport) -> None:
    """The plan, drawn."""
    page.line(Styled(Path(plan.file).name, "name"), f"  in {plan.numeric}, as C has it")
    page.blank()
    page.facts(_facts(plan))
    for group in plan.groups:
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
    page.table(columns, [_row(block, plan.arena, page.ascii) for block in plan.held])


def _facts(memory: MemoryReport) -> Sequence[tuple[str, Part]]:
    facts: list[tuple[str, Part]] = [("arena", f"{memory.arena:,} B")]
    if memory.states:
        facts.append(("states", f"{memory.states:,} B"))
    for ports, size in (("inputs", memory.inputs), ("outputs", memory.outputs)):
        facts.append((ports, f"{size:,} B, the caller's" if size else "in the arena"))
    facts.append(("in all", f"{memory.arena + memory.states + memory.inputs + memory.outputs:,} B"))
    return facts


def _row(block: Allocation, arena: int, ascii_only: bool) -> Row:
    rows = "" if block.rows == 1 else f"{block.kept} of {block.rows}"
    what = block.layer if block.what == "output" else f"{block.layer} ({block.what})"
    return [f"{block.offset:,}", f"{block.bytes:,}", what, rows, block.until, _bar(block, arena, ascii_only)]


def _bar(block: Allocation, arena: int, ascii_only: bool) -> str:
    """Where it lies."""
    first = block.offset * BAR // arena
    last = max(first + 1, -(-(block.offset + block.bytes) * BAR // arena))
    return "." * first + ("#" if ascii_only else "█") * (last - first) + "." * (BAR - last)
