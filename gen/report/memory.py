"""``gatesmith inspect --memory``: the layout of the working memory, and the lifetimes in it."""

from __future__ import annotations

from pathlib import Path

from ..flow.reports import Allocation, MemoryReport
from .page import Column, Sheet, Styled, paged

BAR = 24
"""Width of a drawn arena in characters."""


@paged
def memory_page(page: Sheet, plan: MemoryReport) -> None:
    """The plan, drawn."""
    page.line(Styled(Path(plan.file).name, "name"), f"  in {plan.numeric}, as C has it")
    page.blank()
    inputs, outputs = (f"{size:,} B, the caller's" if size else "in the arena" for size in (plan.inputs, plan.outputs))
    page.facts(
        ("arena", f"{plan.arena:,} B"),
        ("states", f"{plan.states:,} B" if plan.states else ""),
        ("inputs", inputs),
        ("outputs", outputs),
        ("in all", f"{plan.arena + plan.states + plan.inputs + plan.outputs:,} B"),
        indent=2,
    )
    for group in plan.groups:
        page.blank()
        page.line(Styled("by turns, a row each  ", "dim"), ", ".join(group), indent=2, hang=4)
    page.blank()
    page.records(
        plan.held,
        Column("bytes from", True, of=lambda block: f"{block.offset:,}"),
        Column("size", True, of=lambda block: f"{block.bytes:,}"),
        Column("what", folds=True, of=lambda one: one.layer if one.what == "output" else f"{one.layer} ({one.what})"),
        Column("rows kept", leaves=2, of=lambda one: "" if one.rows == 1 else f"{one.kept} of {one.rows}"),
        Column("last read by", folds=True, leaves=1, of=lambda block: block.until),
        Column("the arena", leaves=3, of=lambda block: _bar(block, plan.arena, page.ascii)),
        indent=2,
    )


def _bar(block: Allocation, arena: int, ascii_only: bool) -> str:
    """The arena with the block's place marked."""
    first = block.offset * BAR // arena
    last = max(first + 1, -(-(block.offset + block.bytes) * BAR // arena))
    return "." * first + ("#" if ascii_only else "█") * (last - first) + "." * (BAR - last)
