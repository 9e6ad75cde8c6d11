"""C99 for Cortex-M0 and M0+, whose loads of bytes take an offset only where they have no sign."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("C99 for loads of bytes without a sign (ARMv6-M)")
