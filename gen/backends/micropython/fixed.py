"""The functions of integer layers as templates see them: tables, stored values, and arguments.

Each layer is written twice by the same template: for ``@micropython.viper``, whose pointers read unsigned values, and
in plain Python for firmware without native code. ``templates/write.mako`` and ``viper/fixed.mako`` have the statements.
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
from .weights import Constants

SCRATCH = "z"
"""The model's buffer of int32: first a matrix's inputs, then the sums of its rows."""
LARGEST = (1 << WORD_BITS) - 1
"""The largest constant of 32-bit boards; the mask of the lower word of a number in two words."""
TABLES = {
    "TANH": TANH_TABLE,
    "TANH_SHORT": SHORT_TANH_TABLE,
    "EXP": EXP_TABLE,
    "OCTAVE": OCTAVE_TABLE,
    "LOG": LOG_TABLE,
}
"""Tables for all layers."""


@dataclass
class SharedNeeds:
    """Data that all functions of a module add to: kernels, kernels with a call whose numbers do not fit the assembly,
    aligned tables by name, values of scratch."""

    kernels: set[Kernel] = field(default_factory=set)
    beyond: set[Kernel] = field(default_factory=set)
    tables: dict[str, Array] = field(default_factory=dict)
    scratch: int = 1


class FixedFunction(LayerFunction):
    """The Python functions of an integer layer.

    ``_name`` computes the layer, or is bytecode that calls the functions ``_name_part``. All take buffers and indices;
    scratch follows those of the tensors and states.

    Args:
        viper: whether pointers read unsigned values.
    """

    scratch_name = SCRATCH

    def __init__(self, shaped: ShapedOp, weights: Constants, shared: SharedNeeds, viper: bool) -> None:
        super().__init__(shaped, weights)
        self.viper = viper
        self._shared = shared

    def scratch(self, values: int) -> None:
        """Reserve values of scratch."""
        self._shared.scratch = max(self._shared.scratch, values)

    def moved(self, name: str, dtype: str) -> str:
        """The name of a helper that has a form for each width."""
        return self.help(f"{name}{Format(dtype).bits}")

    # The arguments and the first statements of a function

    def pointer(self, dtype: str) -> str:
        """Viper's type of a pointer."""
        return f"ptr{Format(dtype).bits}"

    def table(self, name: str, values: Array, shared: bool = False, axes: str = "") -> str:
        """The name of a module array with these values."""
        full = table_name(self._shared.tables, name if shared else f"{self.name}_{name}".upper(), values)
        self._weights.add(full, values, axes)
        return full

    def pointed(self, local: str, name: str, values: Array, shared: bool = False) -> str:
        table = self.table(name, values, shared), self.pointer(values.dtype.name)
        while self._tables.setdefault(local, table) != table:
            local += "2"
        return local

    def shared_table(self, local: str, name: str) -> str:
        """The local variable of a table for all layers."""
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
        """A table with a number's two words."""
        return words(np.array(value, np.int64))

    def constants(self, value: int) -> tuple[int, int]:
        """A number's two words.

        Raises:
            UnsupportedError: the upper word is too large for a constant on boards.
        """
        if value >> WORD_BITS > LARGEST:
            raise self._refused(f"{value} is too large")
        return value >> WORD_BITS, value & LARGEST

    def few(self, values: int, spread: int = 1 << 16) -> int:
        """The number of values in a sum, checked.

        Args:
            spread: the distance from the least to the largest of them; by default that of 16 bits.

        Raises:
            UnsupportedError: the sum might leave 30 bits.
        """
        if values * spread > 1 << WORD_BITS:
            raise self._refused(f"MicroPython sums no {values:,} values at once")
        return values

    def _refused(self, problem: str) -> UnsupportedError:
        return UnsupportedError(f'layer "{self.name}": {problem}', fix="generate C: --backend c99")
