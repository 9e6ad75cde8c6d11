"""Many integer models in one firmware: each is driven for a thousand steps by numbers that the core makes itself, and
answers with a hash of all its outputs. What it must be is computed here, by the reference, from the same numbers.

The phases of the numbers, 32 steps each: noise over the whole type, zeros, its two ends, small ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gatesmith.backends.base import Generated, PortView
from gatesmith.device.interface import Interface, Port
from gatesmith.graph import Graph
from gatesmith.reference import Reference

Array = npt.NDArray[Any]
STEPS = 1000
CALLS = 24
OPEN = 7
"""Steps of an open axis where a model must be run as a whole."""
INTERFACE = Interface(
    "cases", "0123456789abcdef", "int8", (Port("index", (1,), None, "int16"),), (Port("hash", (1,), None, "int32"),)
)
COMMON = """
#include <string.h>
#include "gatesmith_link.h"

static uint32_t seed;
static uint32_t hash;

static int16_t drawn(void)
{
    seed = seed * 1664525u + 1013904223u;
    return (int16_t)(seed >> 16);
}

static int32_t number(int phase, int bits)
{
    const int16_t any = drawn();
    const int16_t high = bits == 8 ? 127 : 32767;
    if (phase == 0) {
        return bits == 8 ? any >> 8 : any;
    }
    if (phase == 1) {
        return 0;
    }
    return phase == 2 ? (any & 256 ? high : -high - 1) : any >> 11;
}

static void take(const void *from, size_t bytes)
{
    for (size_t k = 0; k < bytes; k++) {
        hash = (hash ^ ((const uint8_t *)from)[k]) * 16777619u;
    }
}
"""


@dataclass(frozen=True)
class Case:
    """A model, its C, and a name for messages."""

    title: str
    graph: Graph
    made: Generated


def program(cases: Sequence[Case]) -> str:
    """The glue: a model of the link whose input is a case's index and whose output is its hash."""
    lines = [f'#include "{case.made.name}.h"' for case in cases]
    lines += [COMMON, "static union {"]
    for index, case in enumerate(cases):
        ports = "".join(
            f" {port.dtype}_t {port.name}[{_room(case.made, port)}];"
            for port in (*case.made.inputs, *case.made.outputs)
        )
        lines.append(f"    struct {{ {case.made.name}_t state;{ports} }} u{index};")
    lines += ["} all;", ""]
    for index, case in enumerate(cases):
        lines += [f"static void case_{index}(void)", "{", *_body(index, case.made), "}", ""]
    calls = "\n".join(f"    case {index}: case_{index}(); break;" for index in range(len(cases)))
    return "\n".join(lines) + _ending(calls)


def _body(index: int, made: Generated) -> Iterator[str]:
    at = f"all.u{index}"
    ports = {port.name: _room(made, port) for port in (*made.inputs, *made.outputs)}
    state = [f"&{at}.state"]
    names = [f"{at}.{port.name}" for port in made.inputs]
    outs = [f"{at}.{port.name}" for port in made.outputs]
    yield "    memset(&all, 0, sizeof all);"
    yield f"    {made.name}_reset({state[0]});"
    by_step = made.causal
    yield f"    for (int turn = 0; turn < {STEPS if by_step else CALLS}; turn++) {{"
    yield f"        const int phase = {'turn / 32 % 4' if by_step else 'turn % 4'};"
    for port in made.inputs:
        once = by_step and made.axes and port.axis is None
        bits = 8 if port.dtype == "int8" else 16
        value = f"{at}.{port.name}[k] = ({port.dtype}_t)number(phase, {bits});"
        fill = f"for (int k = 0; k < {ports[port.name]}; k++) {{ {value} }}"
        yield f"        {'if (turn == 0) ' if once else ''}{fill}"
    if by_step:
        yield f"        {made.name}_step({', '.join(state + names + outs)});"
    else:
        free = [str(_length(made, index)) for index, axis in enumerate(made.axes) if axis.fixed is None]
        yield f"        {made.name}_run({', '.join(state + names + free + outs)});"
    for port in made.outputs:
        if not by_step or not made.axes or port.axis is not None:
            yield f"        take({at}.{port.name}, sizeof {at}.{port.name});"
    yield "    }"
    for port in made.outputs:
        if by_step and made.axes and port.axis is None:
            yield f"    take({at}.{port.name}, sizeof {at}.{port.name});"


def _ending(calls: str) -> str:
    return f"""
static int16_t chosen[1];
static int32_t answer[1];
static uint8_t nothing[1];

static void reset(void) {{}}

static void run(void)
{{
    seed = (uint32_t)chosen[0] + 1u;
    hash = 2166136261u;
    switch (chosen[0]) {{
{calls}
    default: break;
    }}
    memcpy(answer, &hash, sizeof answer);
}}

static const gs_port_t inputs[1] GS_FLASH = {{ {{ chosen, sizeof chosen, 1, GS_NO_AXIS, GS_INT16 }} }};
static const gs_port_t outputs[1] GS_FLASH = {{ {{ answer, sizeof answer, 1, GS_NO_AXIS, GS_INT32 }} }};
static const char name[] GS_FLASH = "{INTERFACE.name}";
static const char id[] GS_FLASH = "{INTERFACE.model_id}";
static const char numeric[] GS_FLASH = "{INTERFACE.numeric}";

const gs_model_t gs_model = {{
    name, id, numeric, inputs, outputs, NULL, NULL, nothing, sizeof nothing, reset, run, run, 1, 1, 0,
}};
"""


def _room(made: Generated, port: PortView) -> int:
    """Values of a buffer: a step where the model is driven by steps, else the whole."""
    if port.axis is None or made.causal:
        return port.frame
    return port.frame * _length(made, port.axis)


def _length(made: Generated, axis: int) -> int:
    """Steps of a model that is run as a whole."""
    return made.axes[axis].fixed or made.axes[axis].length or OPEN


class Digest:
    """FNV-1a of the bytes of outputs."""

    def __init__(self) -> None:
        self.value = 2166136261

    def take(self, values: Array, port: PortView) -> None:
        for byte in values.astype(f"<i{port.format.size}").tobytes():
            self.value = (self.value ^ byte) * 16777619 & 0xFFFFFFFF

    def signed(self) -> int:
        return self.value - 2**32 if self.value >= 2**31 else self.value


def expected(case: Case, index: int) -> int:
    """The hash, as int32, of what the reference computes from the same numbers."""
    digest, draw = Digest(), _Numbers(index + 1)
    reference = Reference(case.graph, np.int64)
    if case.made.causal:
        _by_steps(case.made, draw, reference, digest)
    else:
        _as_a_whole(case.made, draw, reference, digest)
    return digest.signed()


def _as_a_whole(made: Generated, draw: _Numbers, reference: Reference, digest: Digest) -> None:
    for turn in range(CALLS):
        inputs = []
        for port in made.inputs:
            shape = port.shape if port.axis is None else (_length(made, port.axis), *port.shape[1:])
            inputs.append(draw.array(turn % 4, _room(made, port), port).reshape(1, *(n or 0 for n in shape)))
        for values, port in zip(reference.run(inputs), made.outputs, strict=True):
            digest.take(values, port)


def _by_steps(made: Generated, draw: _Numbers, reference: Reference, digest: Digest) -> None:
    frames: list[list[Array]] = [[] for _ in made.inputs]
    for turn in range(STEPS):
        for kept, port in zip(frames, made.inputs, strict=True):
            if turn == 0 or not made.axes or port.axis is not None:
                kept.append(draw.array(turn // 32 % 4, port.frame, port))
    inputs = []
    for kept, port in zip(frames, made.inputs, strict=True):
        inner = [n or 0 for n in (port.shape if port.axis is None else port.shape[1:])]
        stacked = np.stack(kept).reshape(len(kept), *inner)
        inputs.append(stacked if not made.axes or port.axis is None else stacked[None])
    outputs = list(zip(reference.run(inputs), made.outputs, strict=True))
    for turn in range(STEPS):
        for values, port in outputs:
            if not made.axes:
                digest.take(values[turn], port)
            elif port.axis is not None:
                digest.take(values[0, turn], port)
    for values, port in outputs:
        if made.axes and port.axis is None:
            digest.take(values, port)


class _Numbers:
    """What ``number`` of the C makes."""

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def array(self, phase: int, count: int, port: PortView) -> Array:
        bits = 8 if port.dtype == "int8" else 16
        return np.array([self._number(phase, bits) for _ in range(count)], np.int64)

    def _number(self, phase: int, bits: int) -> int:
        self.seed = (self.seed * 1664525 + 1013904223) & 0xFFFFFFFF
        high = self.seed >> 16
        drawn = high - 65536 if high >= 32768 else high
        largest = 127 if bits == 8 else 32767
        if phase == 0:
            return drawn >> 8 if bits == 8 else drawn
        if phase == 1:
            return 0
        return (largest if drawn & 256 else -largest - 1) if phase == 2 else drawn >> 11
