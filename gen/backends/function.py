"""A function as the templates of all backends see it: an op at given core shapes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ..core.errors import UnsupportedError
from ..core.graph import Array, Op, Shape, count
from ..numerics.storage import Storage


@dataclass(frozen=True)
class Parameter:
    """A weight that broadcasts to the core.

    Args:
        definition: the code that must precede reads of it: its table, or the line that unpacks it; may be empty.
        at: the expression of its value at value k of the core.
    """

    definition: str
    at: Callable[[str], str]


@dataclass(frozen=True)
class ShapedOp:
    """An op that gets a function.

    Args:
        name: the layer's identifier.
        ins, outs: core shapes, all fixed except the time axis of ops with states.
        types: NumPy's names of the types of the inputs, and of the outputs.
        by_rows: whether its function computes one output step from pointers to its input steps.
        storage: the numeric type's storage of matrices and tables.
    """

    name: str
    op: Op
    ins: Sequence[Shape]
    outs: Sequence[Shape]
    types: Sequence[Sequence[str]]
    by_rows: bool
    storage: Storage


class CoreFunction(ABC):
    """The function of an op; attributes as in :class:`ShapedOp`."""

    divides: ClassVar[str]
    """The operator of integer division."""

    def __init__(self, shaped: ShapedOp) -> None:
        self.name, self.op, self.by_rows, self.storage = shaped.name, shaped.op, shaped.by_rows, shaped.storage
        self.ins, self.outs = shaped.ins, shaped.outs
        self.dtypes_in, self.dtypes_out = shaped.types

    @abstractmethod
    def literal(self, value: float) -> str:
        """A float32 as source text."""

    @abstractmethod
    def _constant(self, name: str, values: Array) -> tuple[str, str]:
        """A table of floats: its definition, and the name to index."""

    def in_bytes(self) -> None:
        """Check that weights are stored in bytes with one scale per row.

        Raises:
            UnsupportedError: they are stored in groups, or in fewer than 8 bits.
        """
        if self.storage.group or self.storage.bits < 8:
            raise UnsupportedError(f'layer "{self.name}" has no form in {self.storage.name}', fix="--numeric float32w8")

    def size(self, shape: Sequence[int | None]) -> int:
        return count(shape)

    def size_in(self, index: int) -> int:
        """Values of an input's core."""
        return count(self.ins[index])

    @property
    def walk(self) -> tuple[list[int], str, int]:
        """The walk of an op that moves values, over its output: the turns of loops over k0, k1, ..., the outermost
        first; the index of a turn's first value in the input; and the number of consecutive values in a turn.

        Raises:
            UnsupportedError: the values are not at equal distances.
        """
        places, *others = (np.arange(count(shape)).reshape(1, *(n or 1 for n in shape)) for shape in self.ins)
        rest = self.op.apply(places, *others)[0].reshape(-1)
        first = int(rest[0])
        loops: list[tuple[int, int]] = []
        while (values := len(rest)) > 1:
            inner = next((n for n in range(values, 1, -1) if values % n == 0 and _even(rest.reshape(-1, n))), 0)
            if not inner:
                raise UnsupportedError(f'layer "{self.name}": there is no template for {self.op.kind}')
            loops.insert(0, (inner, int(rest[1]) - int(rest[0])))
            rest = rest[::inner]
        run = loops.pop()[0] if loops and loops[-1][1] == 1 else 1
        steps = [(f"k{n} * {abs(step)}".removesuffix(" * 1"), step) for n, (_, step) in enumerate(loops) if step]
        # Negative steps start from the first index: no pointer is ever before its object.
        start = [" - ".join([str(first), *(word for word, step in steps if step < 0)])] if first or not steps else []
        return [turns for turns, _ in loops], " + ".join([word for word, step in steps if step > 0] + start), run

    def parameter(self, name: str, values: Array | None) -> Parameter:
        """A weight that broadcasts to the first input's core; a parameter without code if there is none."""
        return Parameter("", lambda k: k) if values is None else self.parameter_of(name, values, self.ins[0])

    def parameter_of(self, name: str, values: Array, shape: Shape) -> Parameter:
        """A weight that broadcasts to a shape."""
        if values.size == 1:
            number = self.literal(float(values.reshape(-1)[0]))
            return Parameter("", lambda k: number)
        index = self.broadcast(values.shape, shape)
        definition, where = self._constant(name, values)
        return Parameter(definition, lambda k: f"{where}[{index}]")

    def broadcast(self, shape: Shape, out: Shape) -> str:
        """The index into a tensor of ``shape`` at value k of ``out``, to which it broadcasts."""
        if count(shape) == 1:
            return "0"
        if tuple(shape) == tuple(out):
            return "k"
        padded = (1,) * (len(out) - len(shape)) + tuple(shape)
        terms = []
        for axis, (size, full) in enumerate(zip(padded, out, strict=True)):
            if size == 1:
                continue
            inner, step = count(out[axis + 1 :]), count(padded[axis + 1 :])
            term = "k" if inner == 1 else f"k {self.divides} {inner}"
            term += f" % {full}" if count(out[:axis]) > 1 else ""
            terms.append(term if step == 1 else f"{term} * {step}")
        return " + ".join(terms)


def _even(rows: Array) -> bool:
    """Whether each row's values have the same constant step."""
    return bool((rows - rows[:, :1] == np.arange(rows.shape[1]) * (rows[0, 1] - rows[0, 0])).all())
