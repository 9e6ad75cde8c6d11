"""Sequences of AVR instructions that the templates of this set share.

The arithmetic after sums has fixed registers: operands of 16 bits in r20:21 and r22:23, or a sum of 24 bits in r20 to
r22; a product in r24 to r27; zero in r19.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

PROMISED = "defined(__AVR_HAVE_MUL__) && defined(__AVR_HAVE_LPMX__) && defined(__FLASH)"
"""The preprocessor's condition: multiplications, LPM with an increment, and tables in program memory."""
NUMBER = re.compile(r"\br(\d+)")
POINTERS = {"X": 26, "Y": 28, "Z": 30}


def accumulators(bytes_: int, spare: Sequence[int] = ()) -> list[int]:
    """Registers for sums: first those in ``spare``, which are free, then those that a function has to save."""
    return [*spare, *range(17, 1, -1)][:bytes_]


def clobbered(lines: Sequence[str], operands: Sequence[int]) -> str:
    """The registers that instructions name, as a list of clobbers, without those of operands, r0 (scratch) and r1
    (zero)."""
    registers: set[int] = set()
    for line in lines:
        pair = any(word in line for word in ("movw", "adiw"))
        for number in map(int, NUMBER.findall(line)):
            registers |= {number, number + 1} if pair else {number}
        for letter, number in POINTERS.items():
            if letter in line:
                registers |= {number, number + 1}
    return ", ".join(f'"r{r}"' for r in sorted(registers - {0, 1, *operands}))


def add_product(to: Sequence[int], sign: int) -> list[str]:
    """Add r1:r0 to a sum of two or more bytes; a signed multiplication has left its sign in the carry."""
    low, high, *more = to
    return [f"sbc r{sign}, r{sign}", f"add r{low}, r0", f"adc r{high}, r1", *(f"adc r{r}, r{sign}" for r in more)]


def multiply() -> list[str]:
    """r24 to r27 = r20:21 times r22:23, with signs."""

    def crossed(one: int, other: int) -> list[str]:
        return [f"mulsu r{one}, r{other}", "sbc r27, r19", "add r25, r0", "adc r26, r1", "adc r27, r19"]

    return ["muls r21, r23", "movw r26, r0", "mul r20, r22", "movw r24, r0", *crossed(21, 22), *crossed(23, 20)]


def shift_product(places: int) -> tuple[list[str], tuple[int, int, int]]:
    """r24 to r27 / 2^places to the nearest integer, halves up: the last bit that is shifted out is added.

    Args:
        places: from 8 on, so that 24 bits hold the result.

    Returns:
        the instructions, and the registers of the result from its lowest byte on.
    """
    if places == 15:
        lines = ["lsl r24", "rol r25", "rol r26", "rol r27", "sbc r24, r24", "lsl r25"]
        return [*lines, "adc r26, r19", "adc r27, r19", "adc r24, r19"], (26, 27, 24)
    if places < 16:
        lines = ["lsl r24"] if places == 8 else ["asr r27", "ror r26", "ror r25"] * (places - 8)
        return [*lines, "adc r25, r19", "adc r26, r19", "adc r27, r19"], (25, 26, 27)
    lines = ["lsl r25"] if places == 16 else ["asr r27", "ror r26"] * (places - 16)
    return [*lines, "adc r26, r19", "adc r27, r19", "mov r24, r27", "lsl r24", "sbc r24, r24"], (26, 27, 24)


def shift_sum(places: int, bounded: bool) -> list[str]:
    """r20:21 = r20 to r22 / 2^places, rounded down and saturated to 16 bits.

    Args:
        bounded: whether the result needs no saturation.
    """
    if bounded and 4 < places <= 8:
        return [*["lsl r20", "rol r21", "rol r22"] * (8 - places), "mov r20, r21", "mov r21, r22"]
    lines = ["mov r20, r21", "mov r21, r22", "lsl r22", "sbc r22, r22"] if places >= 8 else []
    lines += ["asr r22", "ror r21", "ror r20"] * (places % 8 if places >= 8 else places)
    return lines if bounded else lines + saturate(20, 21, 22)


def saturate(low: int, middle: int, high: int) -> list[str]:
    """The nearest 16-bit integer of a 24-bit integer."""
    return [
        f"mov r0, r{middle}", "lsl r0", "sbc r0, r0", f"cp r0, r{high}", "breq 1f",
        f"ldi r{low}, 255", f"ldi r{middle}, 127", f"sbrc r{high}, 7", f"ldi r{low}, 0", f"sbrc r{high}, 7",
        f"ldi r{middle}, 128", "1:",
    ]  # fmt: skip
