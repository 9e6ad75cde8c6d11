"""Ops that move values and compute nothing: their integer form is themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ...formats import MASK, Format, covering, index_format
from ...graph import Graph, Op
from ..concatenate import Concatenate
from ..copy import Copy
from ..embedding import Embedding
from ..masking import Masking
from ..permute import Permute
from ..repeat import Repeat
from ..reshape import Reshape
from ..reverse import Reverse
from ..select import Select
from .base import Task, quantizes

MOVES = (Copy, Permute, Repeat, Reshape, Reverse)


def markers(graph: Graph) -> dict[int, float]:
    """Tensors that nothing but a Masking reads, at once or moved first, and the value it masks by: there, that value
    says only that a step is masked, and no range has to hold it."""
    consumers, outputs = graph.consumers(), {port.tensor for port in graph.outputs}
    found: dict[int, float] = {}
    for tensor in reversed([port.tensor for port in graph.inputs] + [t for n in graph.nodes for t in n.outputs]):
        readers = consumers[tensor]
        values = [
            node.op.mask_value if isinstance(node.op, Masking) else found.get(node.outputs[0])
            for node in readers
            if isinstance(node.op, (Masking, *MOVES)) and tensor == node.inputs[0]
        ]
        if values and len(values) == len(readers) and len(set(values)) == 1 and tensor not in outputs:
            (value,) = set(values)
            if value is not None:
                found[tensor] = value
    return found


@quantizes(*MOVES)
def move(op: Op, task: Task) -> tuple[Op, Sequence[Format]]:
    return op, [task.inputs[0]]


@quantizes(Concatenate)
def concatenate(op: Concatenate, task: Task) -> tuple[Op, Sequence[Format]]:
    """Inputs that differ are brought to the format of their union."""
    if len(set(task.inputs)) > 1:
        task.inputs[:] = [task.made()] * len(task.inputs)
    return op, [task.inputs[0]]


@quantizes(Masking)
def masking(op: Masking, task: Task) -> tuple[Op, Sequence[Format]]:
    """A step is masked where its integers are those of the mask value, so values nearer to it than half a scale count
    as it; and values beyond the range, where it lies there."""
    source = task.inputs[0]
    value = int(source.quantize(np.array(op.mask_value)))
    return replace(op, mask_value=float(value), fill=float(source.zero)), [source, MASK]


@quantizes(Select)
def select(op: Select, task: Task) -> tuple[Op, Sequence[Format]]:
    task.inputs[0] = MASK
    if op.other is not None:
        low, high = task.outputs[0]
        value = task.inputs[1]
        if not value.real(np.array(value.low)) <= op.other <= value.real(np.array(value.high)):
            value = task.inputs[1] = covering(min(low, op.other), max(high, op.other), value.dtype)
        return replace(op, other=float(value.quantize(np.array(op.other)))), [value]
    if task.inputs[1] != task.inputs[2]:
        task.inputs[1:] = [task.made()] * 2
    return op, [task.inputs[1]]


@quantizes(Embedding)
def embedding(op: Embedding, task: Task) -> tuple[Op, Sequence[Format]]:
    """Rows in the type of weights; 16-bit values of 8-bit weights are their multiples of 256."""
    task.inputs[0] = index_format(len(op.table))
    largest = float(np.abs(op.table).max(initial=0.0))
    stored = covering(-largest, largest, task.numeric.weights, symmetric=True)
    table = stored.quantize(op.table).astype(task.numeric.weights)
    result = stored
    if task.dtype != stored.dtype or (task.wide[0] and stored.dtype == "int8"):
        result = Format("int16", stored.scale / 256)
    done = replace(op, table=table, factor=1 if result == stored else 256)
    return done, [result, *([MASK] if op.mask_zero else [])]
