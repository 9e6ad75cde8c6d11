"""Numbers of more than 32 bits in integer modules: two words, of which the lower holds 30 bits."""

from __future__ import annotations

import numpy as np

from ...core.errors import UnsupportedError
from ...core.formats import Array
from ...numerics.fixed import Rescale
from .fixed import FixedFunction
from .product import WORD_BITS, words

LARGEST = (1 << WORD_BITS) - 1
"""The largest constant that 32-bit boards take; the bits of the lower word."""


class WideFunction(FixedFunction):
    """Statements on numbers below 2^61: ``h 2^30 + l``, l from 0 to 2^30 - 1."""

    def carry(self, h: str, low: str) -> list[str]:
        """What the lower word holds beyond its bits, to the upper one."""
        return [f"{h} += {low} >> {WORD_BITS}", f"{low} &= {LARGEST}"]

    def accumulate(self, h: str, low: str, value: str) -> list[str]:
        """Add a number of at most 2^30."""
        return [f"{low} += {value}", *self.carry(h, low)]

    def less_wide(self, h: str, low: str, other_h: str | int, other_low: str | int) -> list[str]:
        """Subtract another one."""
        if other_h == 0:
            return [f"{low} -= {other_low}", *self.carry(h, low)]
        return [f"{low} -= {other_low}", f"{h} += ({low} >> {WORD_BITS}) - {other_h}", f"{low} &= {LARGEST}"]

    def shift_wide(self, h: str, low: str, up: int) -> list[str]:
        """Times ``2^up`` by a constant, rounded down where that is below 1."""
        if up == 0:
            return []
        if up > 0:
            return [f"{h} = ({h} << {up}) + ({low} >> {WORD_BITS - up})", f"{low} = ({low} << {up}) & {LARGEST}"]
        if -up >= WORD_BITS:
            return [f"{low} = {h} >> {-up - WORD_BITS}", f"{h} = 0"]
        rest = f"({h} & {(1 << -up) - 1}) << {WORD_BITS + up}"
        return [f"{low} = ({rest}) + ({low} >> {-up})", f"{h} >>= {-up}"]

    def two_words(self, value: int) -> Array:
        """A table of a number's words."""
        return words(np.array(value, np.int64))

    def constants(self, value: int) -> tuple[int, int]:
        """A number's words.

        Raises:
            UnsupportedError: the upper one is no constant that boards take.
        """
        if value >> WORD_BITS > LARGEST:
            raise UnsupportedError(f'layer "{self.name}": {value} is too large', fix="generate C: --backend c99")
        return value >> WORD_BITS, value & LARGEST

    def few(self, values: int, most: int = 1 << 14) -> int:
        """How many values are summed at once.

        Raises:
            UnsupportedError: 16-bit values might leave 30 bits.
        """
        if values > most:
            raise UnsupportedError(
                f'layer "{self.name}": MicroPython sums no {values:,} values at once', fix="generate C: --backend c99"
            )
        return values

    def narrow(self, gain: Rescale, h: str, low: str, v: str) -> list[str]:
        """A ``Rescale`` by one multiplier, from two words to v."""
        half = 1 << gain.pre >> 1
        lines = []
        if half >> WORD_BITS:
            lines += [f"{h} += {half >> WORD_BITS}"]
        elif half:
            lines += self.accumulate(h, low, str(half))
        if gain.pre >= WORD_BITS:
            lines += [f"{v} = {h} >> {min(gain.pre - WORD_BITS, WORD_BITS)}"]
        else:
            # what is beyond saturates, and would not fit when it is shifted
            most = 1 << max(0, gain.pre - 14)
            lines += [*self.clip(h, -most - 1, most), f"{v} = ({h} << {WORD_BITS - gain.pre}) + ({low} >> {gain.pre})"]
        lines += self.saturate(v, "int16")
        return lines + self.times(v, gain.single, gain.post)
