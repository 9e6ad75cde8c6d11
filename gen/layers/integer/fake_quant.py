"""A grid that the file gives becomes the format of its values, so that nothing is left to compute if they have it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...core.formats import Format
from ...core.functions import Function
from ...core.op import Op
from ..copy import Copy
from ..fake_quant import FakeQuant
from .base import Task, quantizes
from .elementwise import IntegerTable

MOST = 255
"""Most steps of a grid with an integer form: those of 8 bits."""
ROUNDING = 1e-6
"""Largest relative difference of two scales of one range, by float32's rounding."""


def grid_format(op: FakeQuant) -> Format:
    """The format whose integers are a grid's steps. The first is -128 on a full grid, else -127, so that the grid's low
    end differs from values that saturate below it."""
    first = -128 if op.levels == MOST else -127
    return Format("int8", op.step, first + op.zero)


@quantizes(FakeQuant)
def fake_quant(op: FakeQuant, task: Task) -> tuple[Op, Sequence[Format]]:
    """int8 in every integer type; readers of 16 bits get the grid's values in these."""
    if op.levels > MOST:
        raise task.refuse(f"it rounds to a grid of {op.levels + 1} values, and integers have one of 256 at most")
    form, source = grid_format(op), task.inputs[0]
    if source.dtype == "int8" and source.zero == form.zero and abs(source.scale / form.scale - 1) < ROUNDING:
        form = source
    elif source.dtype != "int8":
        source = task.inputs[0] = form
    if source == form and op.levels == MOST:
        return Copy(), [form]
    values = op.apply(source.real(np.arange(-128, 128)).astype(np.float32))[0]
    function = Function(op.kind, (("high", op.high), ("low", op.low)))
    return IntegerTable(function, form.quantize(values).astype(np.int8)), [form]
