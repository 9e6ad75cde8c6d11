"""C99 for cores without multiplication: an input's multiples are looked up."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("C99 for cores without a multiplication")
