"""C99 alone, which every compiler takes: all that is computed has a kernel here."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet(
    "C99",
    primitives=("functions.mako", "rows.mako", "fixed.mako", "halves.mako"),
)
