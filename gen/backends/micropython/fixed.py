"""What the templates of integer layers see: tables, values as they are stored, and what a function is given.

Each layer is written twice by the same template: for ``@micropython.viper``, whose pointers read unsigned values, and
as plain Python for firmware without native code. ``templates/write.mako`` and ``viper/fixed.mako`` have the statements.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ...core.errors import UnsupportedError
from ...core.formats import Array, Format
from ...numerics.fixed import EXP_TABLE, LOG_TABLE, OCTAVE_TABLE, SHORT_TANH_TABLE, TANH_TABLE
from ..function import ShapedOp
from ..names import table_name
from .function import LayerFunction
from .product import WORD_BITS, Kernel, words
from .weights import Weights

SCRATCH = "z"
"""The model's buffer of int32: a matrix's inputs, then the sums of its rows."""
LARGEST = (1 << WORD_BITS) - 1
"""The largest constant that 32-bit boards take; the bits of the lower word of a number in two words."""
TABLES = {
    "TANH": TANH_TABLE,
    "TANH_SHORT": SHORT_TANH_TABLE,
    "EXP": EXP_TABLE,
    "OCTAVE": OCTAVE_TABLE,
    "LOG": LOG_TABLE,
}
"""Tables of all layers."""


@dataclass
class Shared:
    """What all functions of a module add to: kernels, those of them that a call asks too much of in assembly,
    aligned tables by name, values of scratch."""

    kernels: set[Kernel] = field(default_factory=set)
    beyond: set[Kernel] = field(default_factory=set)
    tables: dict[str, Array] = field(default_factory=dict)
    scratch: int = 1


class FixedFunction(LayerFunction):
    """The Python functions of an integer layer.

    ``_name`` computes, or is bytecode that calls what computes: ``_name_part``. All take buffers and indices; after
    those of the tensors and states, scratch.

    Args:
        viper: whether pointers read unsigned values.
    """

    scratch_name = SCRATCH

    def __init__(self, shaped: ShapedOp, weights: Weights, shared: Shared, viper: bool) -> None:
        super().__init__(shaped, weights)
        self.viper = viper
        self._shared = shared

    def scratch(self, values: int) -> None:
        """Ask for so many values of scratch."""
        self._shared.scratch = max(self._shared.scratch, values)

    def moved(self, name: str, dtype: str) -> str:
        """The name of a helper that exists for each width."""
        return self.help(f"{name}{Format(dtype).bits}")

    # What a function is given, and begins with

    def pointer(self, dtype: str) -> str:
        """Viper's type of a pointer."""
        return f"ptr{Format(dtype).bits}"

    def table(self, name: str, values: Array, shared: bool = False, axes: str = "") -> str:
        """The name of an array of the module that holds these values."""
        full = table_name(self._shared.tables, name if shared else f"{self.name}_{name}".upper(), values)
        self._weights.add(full, values, axes)
        return full

    def pointed(self, local: str, name: str, values: Array, shared: bool = False) -> str:
        table = self.table(name, values, shared), self.pointer(values.dtype.name)
        while self._tables.setdefault(local, table) != table:
            local += "2"
        return local

    def shared_table(self, local: str, name: str) -> str:
        """The local variable for a table of all layers."""
        return self.pointed(local, name, TABLES[name].astype(np.int16), True)

    # Values

    def number(self, value: float) -> str:
        return str(int(value))

    def exactly(self, name: str, value: float) -> str:
        return self.number(value)

    def limits(self, dtype: str) -> tuple[int, int, int]:
        """Least and largest value of a type, and its bits."""
        form = Format(dtype)
        return form.low, form.high, form.bits

    def two_words(self, value: int) -> Array:
        """A table of a number's words."""
        return words(np.array(value, np.int64))

    def constants(self, value: int) -> tuple[int, int]:
        """A number's words.

        Raises:
            UnsupportedError: the upper one is no constant that boards take.
        """
        if value >> WORD_BITS > LARGEST:
            raise self._refused(f"{value} is too large")
        return value >> WORD_BITS, value & LARGEST

    def few(self, values: int, spread: int = 1 << 16) -> int:
        """How many values are summed at once.

        Args:
            spread: from the least to the largest of them; of 16 bits if it is not given.

        Raises:
            UnsupportedError: the sum might leave 30 bits.
        """
        if values * spread > 1 << WORD_BITS:
            raise self._refused(f"MicroPython sums no {values:,} values at once")
        return values

    def _refused(self, what: str) -> UnsupportedError:
        return UnsupportedError(f'layer "{self.name}": {what}', fix="generate C: --backend c99")
