"""What a layer's template sees: the Python function it writes, its weights, and the helpers it may call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ...functions import Function
from ...graph import Array, Op, Shape, count
from ...numerics.float32w8 import stored
from ..broadcasting import broadcast
from .spelling import helper, literal, parameters
from .weights import Weights


@dataclass(frozen=True)
class Parameter:
    """A weight that broadcasts to the core: the line that reads it, if one is needed, and its value at k."""

    line: str
    at: Callable[[str], str]


class LayerFunction:
    """One Python function: an op at given core shapes.

    It is called with a buffer and the index of its first value for every tensor, so that nothing is sliced or copied
    on the way; a recurrent layer's states are indices into the model's own buffer.

    Args:
        name: the layer's identifier; constants are ``NAME_KERNEL``, the function is ``_name``.
        op: what it computes.
        ins, outs: core shapes, all fixed but a cell's time axis.
        weights: takes the constants.
        needed: takes the names of helpers that the body calls.
        small: whether matrices and tables are kept in int8 with a scale a row.
    """

    def __init__(
        self,
        name: str,
        op: Op,
        ins: Sequence[Shape],
        outs: Sequence[Shape],
        weights: Weights,
        needed: set[str],
        small: bool = False,
    ) -> None:
        self.name = name
        self.op = op
        self.ins = ins
        self.outs = outs
        self.small = small
        self._weights = weights
        self._needed = needed

    def size(self, shape: Sequence[int | None]) -> int:
        return count(shape)

    def size_in(self, index: int) -> int:
        """Values of an input's core."""
        return count(self.ins[index])

    def weight(self, name: str, values: Array, axes: str = "") -> str:
        """The expression of a constant that holds these values, first axis outermost."""
        return self._weights.add(f"{self.name}_{name}".upper(), values, axes)

    def rows(self, name: str, matrix: Array, axes: str) -> str:
        """A kernel (inputs, rows), stored row by row as ``_gemv`` walks it; small ones are two arguments, the second
        their scales."""
        return self._stored(name, np.ascontiguousarray(matrix.T), axes)

    def row_of(self, name: str, table: Array, axes: str, row: str, width: int) -> str:
        """The expression of a row of a table (rows, width), as a tuple or a list."""
        constant = self._stored(name, table, axes)
        if self.small:
            return f"{self.help('scaled')}({constant}, {row}, {width})"
        return f"{self.unpacked(constant, width)[:-1]}, {row} * {4 * width})"

    def _stored(self, name: str, rows: Array, axes: str) -> str:
        if not self.small:
            return self.weight(name, rows, axes)
        q, scales = stored(rows, 1)
        self._needed.add("unpack_from")
        return f"{self.weight(name, q, axes)}, {self.weight(f'{name}_scales', scales, 'of rows')}"

    def unpacked(self, constant: str, values: int) -> str:
        """The expression of a constant's floats, as a tuple."""
        self._needed.add("unpack_from")
        return f'unpack_from("<{values}f", {constant})'

    def sums(self, name: str, bias: Array | None, rows: int) -> str:
        """The expression of a fresh list of sums: a bias, or zeros."""
        if bias is None:
            return f"[0.0] * {rows}"
        return f"list({self.unpacked(self.weight(name, bias), rows)})"

    def gemv(self, sums: str, kernel: str, x: str, at: str, inputs: int) -> str:
        """The statement that adds a matrix times a vector to a list of sums."""
        return f"{self.help('gemv8' if self.small else 'gemv')}({sums}, {kernel}, {x}, {at}, {inputs})"

    def help(self, name: str) -> str:
        """The name of a helper."""
        self._needed.add(name)
        return f"_{name}"

    def math(self, name: str) -> str:
        """A function of the math module."""
        self._needed.add(f"math.{name}")
        return name

    def act(self, function: Function, values: str, first: int, end: int) -> list[str]:
        """The statement that applies a function to a range of a list; none for linear."""
        name = helper(function)
        if name is None:
            return []
        extra = "".join(f", {literal(value)}" for value in parameters(function, name))
        return [f"{self.help(name)}({values}, {first}, {end}{extra})"]

    def literal(self, value: float) -> str:
        return literal(value)

    def exactly(self, name: str, value: float) -> str:
        """The expression of a float32 that values are compared with. Boards do not read every literal to the last bit,
        so that one with a fraction is a constant."""
        if float(value).is_integer():
            return literal(value)
        return f"{self.unpacked(self.weight(name, np.array([value], np.float32)), 1)}[0]"

    def broadcast(self, shape: Shape, out: Shape) -> str:
        """The index into a tensor of ``shape`` at value k of ``out``, which it broadcasts to."""
        return broadcast(shape, out, "//")

    def parameter(self, name: str, values: Array | None) -> Parameter:
        """A weight that broadcasts to the first input's core."""
        if values is None:
            return Parameter("", lambda k: k)
        if values.size == 1:
            number = literal(float(values.reshape(-1)[0]))
            return Parameter("", lambda k: number)
        index = self.broadcast(values.shape, self.ins[0])
        constant = self.weight(name, values)
        return Parameter(f"{name} = {self.unpacked(constant, values.size)}", lambda k: f"{name}[{index}]")


def plus(base: str, offset: int | str) -> str:
    """An index, some way further on."""
    return base if offset in (0, "0") else f"{base} + {offset}"
