"""The work and memory of a run of the reference, computed from shapes before it begins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from ..core.errors import UnsupportedError
from ..core.graph import Graph
from ..core.limits import MAX_SAMPLE_BYTES, hold_port, smaller

STEP = 20_000
"""Multiply-adds that take as long as NumPy's overhead of one step of a carried op, about 20 us."""
VALUE = 8
"""Multiply-adds that take as long as computing one value of a tensor by any op."""
FLOAT64 = 8
"""Bytes of a value."""
MAX_WORK = 10_000_000_000
"""Most multiply-adds of one sample, other work converted: about ten seconds, and hours on a microcontroller."""


@dataclass(frozen=True)
class ReferenceWork:
    """The work and memory of one sample.

    Args:
        work: multiply-adds, other work converted, that grow with the samples.
        steps: the same for overhead that does not depend on the number of samples.
        values: values of all tensors together.
        live: largest number of values that are needed at the same time.
    """

    work: int
    steps: int
    values: int
    live: int


def work(graph: Graph, lengths: Sequence[Sequence[int]]) -> ReferenceWork:
    """The work of one sample whose inputs have these shapes."""
    shapes: dict[int, tuple[int | None, ...]] = {
        port.tensor: tuple(shape) for port, shape in zip(graph.inputs, lengths, strict=True)
    }
    last = last_uses(graph)
    size = {ident: _size(shape) for ident, shape in shapes.items()}
    current = live = sum(size.values())
    macs = steps = 0
    for index, node in enumerate(graph.nodes):
        cores = [shapes[t][node.lead :] for t in node.inputs]
        lead = shapes[node.inputs[0]][: node.lead]
        turns = 1 if node.op.carry is None else cores[0][0] or 1
        macs += _size(lead) * turns * node.op.macs(*cores)
        steps += turns * STEP
        for ident, core in zip(node.outputs, node.op.shapes(*cores), strict=True):
            shapes[ident] = (*lead, *core)
            size[ident] = _size(shapes[ident])
            current += size[ident]
            macs += VALUE * size[ident]
        live = max(live, current)
        current -= sum(size[ident] for ident in last.get(index, ()))
    return ReferenceWork(macs, steps, sum(size.values()), live)


def last_uses(graph: Graph) -> dict[int, list[int]]:
    """Index of a node -> the tensors that no later node needs."""
    last: dict[int, int] = {}
    for index, node in enumerate(graph.nodes):
        last |= dict.fromkeys((*node.inputs, *node.outputs), index)
    for port in graph.outputs:
        last.pop(port.tensor, None)
    by_node: dict[int, list[int]] = {}
    for ident, index in last.items():
        by_node.setdefault(index, []).append(ident)
    return by_node


def hold(graph: Graph, cost: ReferenceWork) -> None:
    """Refuse a model if one sample is too much work or memory for this machine, or too large for a self-test.

    Raises:
        UnsupportedError: it is.
    """
    shapes = [graph.shape(port.tensor) for port in (*graph.inputs, *graph.outputs)]
    largest = max(shapes, key=_size)
    fix = smaller(largest)
    if cost.work + cost.steps > MAX_WORK:
        raise UnsupportedError(
            f"one sample of the model takes {cost.work + cost.steps:,} multiply-adds, or what takes as long",
            why=f"at most {MAX_WORK:,} are computed; a microcontroller would take minutes to hours for them",
            fix=fix,
        )
    if cost.live * FLOAT64 > MAX_SAMPLE_BYTES:
        raise UnsupportedError(
            f"one sample of the model takes {cost.live * FLOAT64 >> 20:,} MiB of tensors at the same time, in float64",
            why=f"at most {MAX_SAMPLE_BYTES >> 20:,} MiB are taken of this machine",
            fix=fix,
        )
    hold_port(largest)


def _size(shape: Sequence[int | None]) -> int:
    return prod(axis or 1 for axis in shape)
