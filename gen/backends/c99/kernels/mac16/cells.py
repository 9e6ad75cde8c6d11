"""LSTM and GRU in integers with inputs that are widened once a step, and a unit's values in registers."""

from __future__ import annotations

from typing import ClassVar, cast

from .....layers.integer.cells import IntegerGru, IntegerLstm
from ...parts import MatrixPart
from ..base import IntegerGemv, IntegerLayer, Layer, LayerKernel, Widened
from . import halfwords


class Mac16Cell(LayerKernel):
    """An LSTM, or a GRU with its reset after the recurrent kernel, of int8."""

    kinds: ClassVar[tuple[str, ...]] = ("integer_lstm", "integer_gru")
    kernels: ClassVar[tuple[IntegerGemv, ...]] = halfwords.KERNELS
    """The kernels that its matrices must use; another set's kernel that is asked first may rule it out."""

    def takes(self, f: Layer) -> bool:
        op = cast(IntegerLstm | IntegerGru, f.op)
        state_type = op.formats[0].dtype
        if op.kind == "integer_gru":
            gru = cast(IntegerGru, op)
            if not gru.reset_after:
                return False
            state_type = gru.narrowed.dtype
        matrices = ((op.own, f.dtypes_in[0]), (op.past, state_type))
        kernels = [cast(IntegerLayer, f).multiplier(*each) for each in matrices]
        return all(kernel in self.kernels for kernel in kernels) and op.units <= halfwords.RowPairs.slab >= op.inputs


def wide(part: MatrixPart, sums: str, begin: str, x: str) -> str:
    """The statement that computes a block's sums from widened inputs.

    Args:
        begin: the initial values of the sums.
        x: the inputs' name; ``NAME_total`` is their sum.
    """
    rows = part.products[0]
    part.needed.kernel((rows,))
    return f"{rows.name}({sums}, {begin}, {part.name}_weights[{part.at}], {x}, {x}_total);"


def widens(part: MatrixPart) -> bool:
    """Whether a matrix is multiplied with widened inputs."""
    return isinstance(part.products[-1].kernel, Widened)


KERNELS = (Mac16Cell(),)
