"""The loop of a product whose block of sums stays in registers, for Arm's floating point: s0 and following are sums,
then come inputs, and weights from s16 on."""

from __future__ import annotations

from collections.abc import Callable

from ..assembly import listed, used

Some = Callable[[int, int, int], list[str]]
"""The instructions that multiply: rows, the first register of inputs, how many inputs."""


def shape(rows: int) -> tuple[int, int, int]:
    """The first register of inputs, how many inputs there are, and of how many one VLDM loads the weights."""
    return (8, 8, max(n for n in (1, 2, 4, 8) if n * rows <= 16)) if rows <= 8 else (12, 4, 1)


def products(rows: int, n: str, some: Some, step: int = 0) -> list[str]:
    """Adds w x to the sums; consumes w, x and n.

    Args:
        n: the operand that counts inputs.
        step: inputs of a turn of the loop, a multiple of those in registers; as many as those without it.
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
    """The registers that it uses, as an asm statement names them."""
    first, inputs, count = shape(rows)
    return used([*range(rows), *range(first, first + inputs), *range(16, 16 + rows * count)])
