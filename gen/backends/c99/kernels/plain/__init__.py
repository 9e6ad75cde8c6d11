"""C99 alone, which every compiler takes: it has a kernel for everything."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99",
    primitives=("functions.mako", "rows.mako", "fixed.mako", "halves.mako"),
)
