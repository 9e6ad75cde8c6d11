"""Ops that move values and compute nothing: they are their own integer forms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...core.formats import MASK, Format, covering
from ...core.op import Op
from ...numerics.groups import grouped, on_grid, on_scales, row_scales
from ..concatenate import Concatenate
from ..copy import Copy
from ..embedding import Embedding
from ..masking import Masking
from ..pad import Pad
from ..permute import Permute
from ..repeat import Repeat
from ..reshape import Reshape
from ..reverse import Reverse
from ..round_rows import RoundRows
from ..select import Select
from ..slice import Slice
from ..upsample import Upsample
from .base import Task, quantizes


@quantizes(Copy, Permute, Repeat, Reshape, Reverse, Slice, Upsample, long=True)
def move(op: Op, task: Task) -> tuple[Op, Sequence[Format]]:
    return op, [task.inputs[0]]


@quantizes(Pad)
def pad(op: Pad, task: Task) -> tuple[Op, Sequence[Format]]:
    """The padding is the input's zero point."""
    return replace(op, zero=task.inputs[0].zero), [task.inputs[0]]


@quantizes(Concatenate)
def concatenate(op: Concatenate, task: Task) -> tuple[Op, Sequence[Format]]:
    """Inputs of different formats are requantized to the format of their union."""
    if len(set(task.inputs)) > 1:
        task.inputs[:] = [task.output_format()] * len(task.inputs)
    return op, [task.inputs[0]]


@quantizes(Masking)
def masking(op: Masking, task: Task) -> tuple[Op, Sequence[Format]]:
    """A step is masked if all its integers equal the quantized mask value. So values within half a quantization step of
    it count as it, and, if it lies beyond the range, all values beyond the range."""
    source = task.inputs[0]
    value = int(source.quantize(np.array(op.mask_value)))
    return replace(op, mask_value=float(value), fill=float(source.zero)), [source, MASK]


@quantizes(Select)
def select(op: Select, task: Task) -> tuple[Op, Sequence[Format]]:
    if op.other is not None:
        low, high = task.outputs[0]
        value = task.inputs[1]
        if not value.real(np.array(value.low)) <= op.other <= value.real(np.array(value.high)):
            value = task.inputs[1] = covering(min(low, op.other), max(high, op.other), value.dtype)
        return replace(op, other=float(value.quantize(np.array(op.other)))), [value]
    if task.inputs[1] != task.inputs[2]:
        task.inputs[1:] = [task.output_format()] * 2
    return op, [task.inputs[1]]


@quantizes(Embedding)
def embedding(op: Embedding, task: Task) -> tuple[Op, Sequence[Format]]:
    """Rows in the type of weights; 16-bit values of 8-bit weights are 256 times these. In fewer bits 32 values of a row
    share a scale, a multiple of the table's."""
    storage, table = task.numeric.weights, op.table.T.astype(np.float64)
    if storage.packed:
        scales = on_grid(table, storage, shared=True)
        best = storage.best_scales(table, None) if scales is None else table[:0]
        scale = float(np.float32(np.max(row_scales(table, storage, best) if scales is None else scales) or 1.0))
        shared = np.full(len(op.table), scale)
        groups = grouped(table, storage, [shared], best) if scales is None else on_scales(table, shared, storage)
        stored, op = Format("int8", scale), replace(op, table=groups.products.T.astype(np.int8), grouped=groups)
    else:
        largest = float(np.abs(op.table).max(initial=0.0))
        stored = covering(-largest, largest, storage.dtype, symmetric=True)
        op = replace(op, table=stored.quantize(op.table).astype(stored.dtype))
    result = stored
    if task.dtype != stored.dtype or (task.wide[0] and stored.dtype == "int8"):
        result = Format("int16", stored.scale / 256)
    return replace(op, factor=1 if result == stored else 256), [result, *([MASK] if op.mask_zero else [])]


@quantizes(RoundRows)
def round_rows(op: RoundRows, task: Task) -> tuple[Op, Sequence[Format]]:
    """A copy: the tensor's format has rounded the integers already."""
    return Copy(), [task.inputs[0]]
