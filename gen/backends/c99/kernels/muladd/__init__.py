"""Arm's floating point on cores where VMUL and VADD together take fewer cycles than VFMA: Cortex-M4, 1 + 1 against 3 by
Arm DDI 0439, table 7-1. There are more instructions, and products are rounded before they are added."""

from __future__ import annotations

from ..base import InstructionSet

SET = InstructionSet("Arm's floating point (VFP), products and sums apart")
