"""Plain C, one row at a time, for cores with too few registers for several sums."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("C99, a row at a time")
