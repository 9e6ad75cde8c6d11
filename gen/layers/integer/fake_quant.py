"""A grid that the file gives: the format of its values, so that nothing is left to compute where they have it."""

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
"""Steps of a grid that integers have: those of 8 bits."""
SAME = 1e-6
"""How far two scales of one range may differ by float32's rounding."""


def grid_format(op: FakeQuant) -> Format:
    """The format whose integers are a grid's steps: from its least integer, or from the one above that where steps are
    left, so that what saturates there can be told from the grid's low end."""
    first = -128 if op.levels == MOST else -127
    return Format("int8", op.step, first + op.zero)


@quantizes(FakeQuant)
def fake_quant(op: FakeQuant, task: Task) -> tuple[Op, Sequence[Format]]:
    """int8 in every integer type: what reads 16 bits gets the grid's values in them."""
    if op.levels > MOST:
        raise task.refuse(f"it rounds to a grid of {op.levels + 1} values, and integers have one of 256 at most")
    form, source = grid_format(op), task.inputs[0]
    if source.dtype == "int8" and source.zero == form.zero and abs(source.scale / form.scale - 1) < SAME:
        form = source
    elif source.dtype != "int8":
        source = task.inputs[0] = form
    if source == form and op.levels == MOST:
        return Copy(), [form]
    values = op.apply(source.real(np.arange(-128, 128)).astype(np.float32))[0]
    named = Function(op.kind, (("high", op.high), ("low", op.low)))
    return IntegerTable(named, form.quantize(values).astype(np.int8)), [form]
