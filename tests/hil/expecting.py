"""What a case in integers must answer: the reference's outputs for the numbers that the firmware of ``bits`` makes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import Generated, PortView
from gatesmith.core.graph import Graph
from gatesmith.oracle.reference import Reference

from .bits import FACTOR, PHASE, START, Answer, Case, length, once, room, turns

Array = npt.NDArray[Any]


def expected(case: Case, graph: Graph) -> Answer:
    """The reference's answer; all turns are computed at once if the model has no state between them."""
    code = case.code
    inputs = [_shaped(code, port, x) for port, x in zip(code.inputs, _numbers(case), strict=True)]
    reference = Reference(graph, np.int64)
    if code.causal and code.axes:
        outputs = reference.run(
            [x[None] if port.axis is not None else x for port, x in zip(code.inputs, inputs, strict=True)]
        )
        steps = [y[0] for y, port in zip(outputs, code.outputs, strict=True) if port.axis is not None]
        last = [y for y, port in zip(outputs, code.outputs, strict=True) if port.axis is None]
    elif any(node.op.carry and node.op.carry.stateful for node in graph.nodes):
        calls = [reference.run([x[turn : turn + 1] for x in inputs]) for turn in range(turns(code))]
        steps, last = [np.concatenate(parts) for parts in zip(*calls, strict=True)], []
    else:
        steps, last = reference.run(inputs), []
    often = [port for port in code.outputs if not once(code, port)]
    finally_ = [port for port in code.outputs if once(code, port)]
    data = [np.hstack([in_bytes(y, port) for y, port in zip(steps, often, strict=True)]).ravel()] if often else []
    data += [in_bytes(y, port).ravel() for y, port in zip(last, finally_, strict=True)]
    return Answer(hashed(np.concatenate(data)), 0)


def _shaped(code: Generated, port: PortView, values: Array) -> Array:
    """(turns, values) as the reference takes a turn."""
    inner = [int(n or 0) for n in (port.shape if port.axis is None else port.shape[1:])]
    if port.axis is not None and not code.causal:
        inner = [length(code, port.axis), *inner]
    return values.reshape(len(values), *inner)


def _numbers(case: Case) -> list[Array]:
    """(turns, values) an input, as the C's ``number`` makes them: a turn after the other, in it an input after the
    other. What is given a single time has one turn."""
    code, count = case.code, turns(case.code)
    rooms = [room(code, port) for port in code.inputs]
    repeated = [0 if once(code, port) else size for port, size in zip(code.inputs, rooms, strict=True)]
    drawn = draw(case.seed, sum(rooms) + (count - 1) * sum(repeated))
    first, later = drawn[: sum(rooms)], drawn[sum(rooms) :].reshape(count - 1, sum(repeated))
    turn = np.arange(count)
    phase = (turn // PHASE if code.causal else turn) % 4
    inputs, at, offset = [], 0, 0
    for port, size, again in zip(code.inputs, rooms, repeated, strict=True):
        any_ = (
            np.vstack([first[None, at : at + size], later[:, offset : offset + again]])
            if again
            else first[None, at : at + size]
        )
        inputs.append(in_type(any_, phase[: len(any_), None], port))
        at, offset = at + size, offset + again
    return inputs


def in_type(drawn: Array, phase: Array, port: PortView) -> Array:
    narrow = port.dtype == "int8"
    high = 127 if narrow else 32767
    ends = np.where(drawn & 256, high, -high - 1)
    kinds = [drawn >> 8 if narrow else drawn, np.full_like(drawn, port.format.zero), ends, drawn >> 11]
    return np.choose(phase, kinds)


def draw(seed: int, count: int) -> Array:
    """The first numbers of the C's generator x' = a x + c, of which the n-th is a^n x + c (1 + a + ... + a^(n-1))."""
    powers = _powers(1664525, count + 1)
    sums = np.cumsum(powers[:-1], dtype=np.uint32)
    states = powers[1:] * np.uint32(seed) + sums * np.uint32(1013904223)
    return (states >> np.uint32(16)).astype(np.uint16).view(np.int16).astype(np.int64)


def in_bytes(values: Array, port: PortView) -> Array:
    """(turns, ...) -> (turns, bytes), little-endian."""
    flat = values.reshape(len(values), -1)
    return np.ascontiguousarray(flat.astype(f"<i{port.format.size}")).view(np.uint8)


def hashed(data: Array) -> int:
    """The C's h' = h FACTOR + byte, in 32 bits."""
    powers = _powers(FACTOR, len(data) + 1)
    total = np.sum(powers[:-1][::-1] * data.astype(np.uint32), dtype=np.uint32)
    return (int(powers[-1]) * START + int(total)) & 0xFFFFFFFF


def _powers(base: int, count: int) -> Array:
    """1, base, base^2, ... in 32 bits."""
    factors = np.full(count, base, np.uint32)
    factors[0] = 1
    return np.cumprod(factors, dtype=np.uint32)
