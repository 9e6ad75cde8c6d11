"""The loop of a product whose block of sums stays in registers, for Arm's floating point: sums are in s0 and the
following registers, then come inputs; weights are in s16 and the following ones."""

from __future__ import annotations

from collections.abc import Callable

from ..assembly import listed, used

Some = Callable[[int, int, int], list[str]]
"""The instructions that multiply: from the number of rows, the first register of inputs, the number of inputs."""


def shape(rows: int) -> tuple[int, int, int]:
    """The first register of inputs, the number of inputs, and the number of inputs whose weights one VLDM loads."""
    return (8, 8, max(n for n in (1, 2, 4, 8) if n * rows <= 16)) if rows <= 8 else (12, 4, 1)


def products(rows: int, n: str, some: Some, step: int = 0) -> list[str]:
    """Add w x to the sums; w, x and n are consumed.

    Args:
        n: the operand that counts inputs.
        step: inputs of a turn of the loop, a multiple of those in registers; by default, their number.
    """
    first, inputs, count = shape(rows)
    step = step or inputs
    turn = [f"vldmia %[x]!, {listed(first, inputs)}"]
    for k in range(0, inputs, count):
        turn += some(rows, first + k, count)
    turn *= step // inputs
    lines = [f"subs {n}, #{step}", "blt 2f", f"1: {turn[0]}", *turn[1:], f"subs {n}, #{step}", "bge 1b"]
    lines += [f"2: adds {n}, #{step}", "beq 4f"]
    lines += [f"3: vldmia %[x]!, {listed(first, 1)}", *some(rows, first, 1), f"subs {n}, #1", "bne 3b"]
    return [*lines, "4:"]


def clobbers(rows: int) -> str:
    """The registers that it uses, in the syntax of an asm statement."""
    first, inputs, count = shape(rows)
    return used([*range(rows), *range(first, first + inputs), *range(16, 16 + rows * count)])
