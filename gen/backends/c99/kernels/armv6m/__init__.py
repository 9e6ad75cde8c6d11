"""C99 for Cortex-M0 and M0+, whose byte loads with an offset are unsigned."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("C99 for loads of bytes without a sign (ARMv6-M)")
