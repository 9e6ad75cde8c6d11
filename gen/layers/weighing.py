"""Base of layers with a kernel, a bias and an activation: a scaling or a function after them can be folded in."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..core.functions import LINEAR, Function, watched
from ..core.graph import Array, Op
from ..core.op import Inside, States
from .activation import Activation
from .base import cast
from .normalize import Normalize

POSITIVE = np.array([1e-6, 1.0, 1e6])
"""Sample arguments: a function that leaves positive values unchanged returns these."""


class Weighing(Op):
    """An op with a kernel (inputs, rows)."""

    stored: ClassVar[Mapping[str, int]] = {"kernel": 0}

    kernel: Array
    bias: Array | None
    activation: Function

    @abstractmethod
    def multiply(self, x: Array, kernel: Array) -> Array:
        """The rows' sums: x times a kernel of the op's shape."""

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        z = self.multiply(x, cast(self.kernel, x))
        if self.bias is not None:
            z = (z.reshape(-1, self.bias.size) + cast(self.bias, x).reshape(-1)).reshape(z.shape)
        return (self.activation(z),)

    @property
    def shares(self) -> bool:
        return self.activation.shares

    def then(self, reader: Op) -> Op | None:
        """Folds in an activation or a scaling of each row, if this op has no activation."""
        if self.activation != LINEAR:
            return None
        if isinstance(reader, Normalize) and (folded := reader.into(self.kernel, self.bias)):
            return self._with(kernel=folded[0], bias=folded[1])
        return self._with(activation=reader.function) if isinstance(reader, Activation) else None

    def giving(self, gain: Array, offset: Array, positive: bool) -> Op | None:
        unchanged = self.activation.elementwise and np.array_equal(self.activation(POSITIVE), POSITIVE)
        if self.activation != LINEAR and not (positive and unchanged):
            return None
        rows = self.kernel.shape[1]
        gains, offsets = (np.tile(part.astype(np.float64), rows // len(part)) for part in (gain, offset))
        bias = (0.0 if self.bias is None else self.bias.astype(np.float64).reshape(-1)) - offsets
        return self._with(kernel=self.kernel.astype(np.float64) / gains, bias=bias / gains, activation=LINEAR)

    def observe(self, inputs: Sequence[Array], carried: States, inside: Inside) -> tuple[tuple[Array, ...], States]:
        return watched(self, inside.value).run(inputs, carried)

    def _with(self, **fields: Any) -> Op:
        op: Any = self
        changed: Op = replace(op, **fields)
        return changed
