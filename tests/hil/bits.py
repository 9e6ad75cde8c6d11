"""Many models in one firmware: each is driven for 256 steps by numbers that the core makes itself, and answers
with a hash of all its outputs, so that a core is compared without its outputs crossing the link.

A model that takes no steps of time, but a whole image at each call, is called 128 times: no call depends on those
before it. With ``GATESMITH_EVERYTHING=1`` both are a thousand.

Phases of the numbers, 32 steps (or one call of a whole sequence) each:

- integers: noise over the whole type, the integer that means 0, the type's two ends, small ones;
- floats: noise in +-4, zeros, noise in +-1024, where gates saturate, small ones; at the end +-1e30, where sums and
  products overflow. Infinities and NaN are outputs like others; a NaN is the same whatever its sign and payload,
  which IEEE 754 leaves open.
"""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from everything import EVERYTHING
from link import toy

from gatesmith.backends.base import Generated, PortView

PHASE = 32
STEPS = 32 * PHASE if EVERYTHING else 8 * PHASE
CALLS = STEPS if EVERYTHING else 4 * PHASE
"""Of a model that ``step`` gives a whole sample: each phase once."""
HUGE = 24
"""Of so many steps, the last ones are huge: one in so many."""
OPEN = 7
"""Steps of an open axis where a model must be run as a whole."""
START = 2166136261
FACTOR = 16777619
NAN = 0x7FC00000
WORDS = 2
"""Of an answer: the hash, and how many outputs are not finite; what else a case says comes behind them."""
INDEX = toy.port("index", (1,), None, "int16")


def interface(words: int = WORDS) -> Generated:
    """Of a firmware whose answers have so many words of 32 bits."""
    outputs = (toy.port("answer", (words,), None, "int32"),)
    return toy.model("cases", "0123456789abcdef", (INDEX,), outputs, numeric="int8", state_bytes=1)


INTERFACE = interface()
COMMON = f"""
#include <string.h>
#include "gatesmith_link.h"

static uint32_t seed;
static uint32_t hash;
static int32_t strange; /* outputs that are not finite */
static int32_t answer[WORDS];

static int16_t drawn(void)
{{
    seed = seed * 1664525u + 1013904223u;
    return (int16_t)(seed >> 16);
}}

static void take(const void *from, size_t bytes)
{{
    for (size_t k = 0; k < bytes; k++) {{
        hash = hash * {FACTOR}u + ((const uint8_t *)from)[k];
    }}
}}
"""
INTEGERS = """
static int32_t number(int phase, int bits, int32_t zero)
{
    const int16_t any = drawn();
    const int16_t high = bits == 8 ? 127 : 32767;
    if (phase == 0) {
        return bits == 8 ? any >> 8 : any;
    }
    if (phase == 1) {
        return zero;
    }
    return phase == 2 ? (any & 256 ? high : -high - 1) : any >> 11;
}
"""
FLOATS = """
static float number(int phase)
{
    const int16_t any = drawn();
    if (phase == 0) {
        return (float)any * 0.0001220703125f;
    }
    if (phase == 1) {
        return 0.0f;
    }
    if (phase == 2) {
        return (float)any * 0.03125f;
    }
    return phase == 3 ? (float)(any >> 11) * 0.0078125f : any & 256 ? 1e30f : -1e30f;
}
"""
TAKE_FLOATS = f"""
static void take_floats(const float *from, size_t count)
{{
    for (size_t k = 0; k < count; k++) {{
        uint32_t bits;
        memcpy(&bits, &from[k], sizeof bits);
        if ((bits & 0x7fffffffu) > 0x7f800000u) {{
            bits = 0x{NAN:08x}u;
        }}
        strange += (bits & 0x7f800000u) == 0x7f800000u;
        take(&bits, sizeof bits);
    }}
}}
"""
KEEP = f"""
static void keep(const float *from, int count, int *at)
{{
    for (int k = 0; k < count && *at < WORDS - {WORDS}; k++, (*at)++) {{
        memcpy(&answer[{WORDS} + *at], &from[k], sizeof from[k]);
    }}
}}
"""
"""Where outputs come back as they are, in place of the hash of them."""


@dataclass(frozen=True)
class Case:
    """A model's C, and a name for messages, which also seeds its numbers."""

    title: str
    code: Generated

    @property
    def seed(self) -> int:
        return zlib.crc32(self.title.encode())

    @property
    def words(self) -> int:
        """Of its answer."""
        return WORDS

    def room(self, port: PortView) -> int:
        """Values of a buffer."""
        return room(self.code, port)

    def body(self, index: int) -> Iterator[str]:
        """Lines of the function that drives it."""
        return _body(index, self)


@dataclass(frozen=True)
class Answer:
    """What a case comes to.

    Args:
        hash: of the bytes of all outputs, in 32 bits.
        strange: how many outputs were not finite.
    """

    hash: int
    strange: int


def turns(code: Generated) -> int:
    """The number of steps; or of calls of whole sequences with as many steps in total; or of calls without steps."""
    if code.causal:
        return STEPS if code.axes else CALLS
    return -(-STEPS // max((length(code, axis) for axis in range(len(code.axes))), default=1))


def room(code: Generated, port: PortView) -> int:
    """Values of a buffer: those of one step if the model runs by steps, else those of the whole."""
    return port.frame if port.axis is None or code.causal else port.frame * length(code, port.axis)


def length(code: Generated, axis: int) -> int:
    """The number of steps of a model that runs as a whole."""
    return code.axes[axis].fixed or code.axes[axis].length or OPEN


def once(code: Generated, port: PortView) -> bool:
    """Whether a model that runs by steps takes this input, or gives this output, a single time."""
    return code.causal and bool(code.axes) and port.axis is None


def program(cases: Sequence[Case]) -> str:
    """The glue: a model of the link whose input is a case's index and whose output is its answer. All cases compute
    in integers, or all in floats."""
    words = max(case.words for case in cases)
    lines = [f'#include "{case.code.name}.h"' for case in cases]
    shared = [INTEGERS] if cases[0].code.integer else [FLOATS, KEEP if words > WORDS else TAKE_FLOATS]
    lines += [f"#define WORDS {words}", COMMON + "".join(shared), "static union {"]
    for index, case in enumerate(cases):
        ports = "".join(
            f" {ctype(port)} {port.name}[{case.room(port)}];" for port in (*case.code.inputs, *case.code.outputs)
        )
        lines.append(f"    struct {{ {case.code.name}_t state;{ports} }} u{index};")
    lines += ["} all;", ""]
    for index, case in enumerate(cases):
        lines += [f"static void case_{index}(void)", "{", *case.body(index), "}", ""]
    calls = "\n".join(f"    case {index}: case_{index}(); break;" for index in range(len(cases)))
    return "\n".join(lines) + _ending(calls)


def ctype(port: PortView) -> str:
    return "float" if port.dtype == "float32" else f"{port.dtype}_t"


def _body(index: int, case: Case) -> Iterator[str]:
    at, code, count = f"all.u{index}", case.code, turns(case.code)
    arguments = [f"&{at}.state", *(f"{at}.{port.name}" for port in code.inputs)]
    outputs = [f"{at}.{port.name}" for port in code.outputs]
    yield "    memset(&all, 0, sizeof all);"
    yield f"    seed = {case.seed}u;"
    yield f"    {code.name}_reset(&{at}.state);"
    yield f"    for (int turn = 0; turn < {count}; turn++) {{"
    phase = f"turn / {PHASE} % 4" if code.causal else "turn % 4"
    yield f"        const int phase = {phase if code.integer else f'turn >= {count - count // HUGE} ? 4 : {phase}'};"
    for port in code.inputs:
        size = 8 if port.dtype == "int8" else 16
        value = f"({ctype(port)})number(phase, {size}, {port.format.zero})" if code.integer else "number(phase)"
        fill = f"for (int k = 0; k < {room(code, port)}; k++) {{ {at}.{port.name}[k] = {value}; }}"
        yield f"        {'if (turn == 0) ' if once(code, port) else ''}{fill}"
    if code.causal:
        yield f"        {code.name}_step({', '.join(arguments + outputs)});"
    else:
        free = [str(length(code, index)) for index, axis in enumerate(code.axes) if axis.fixed is None]
        yield f"        {code.name}_run({', '.join(arguments + free + outputs)});"
    yield from (f"        {_taken(at, code, port)}" for port in code.outputs if not once(code, port))
    yield "    }"
    yield from (f"    {_taken(at, code, port)}" for port in code.outputs if once(code, port))


def _taken(at: str, code: Generated, port: PortView) -> str:
    name = f"{at}.{port.name}"
    return f"take({name}, sizeof {name});" if code.integer else f"take_floats({name}, {room(code, port)});"


def _ending(calls: str) -> str:
    return f"""
static int16_t chosen[1];
static uint8_t nothing[1];

static void reset(void) {{}}

static void run(void)
{{
    hash = {START}u;
    strange = 0;
    switch (chosen[0]) {{
{calls}
    default: break;
    }}
    memcpy(answer, &hash, sizeof hash);
    answer[1] = strange;
}}

static const gs_port_t inputs[1] GS_FLASH = {{ {{ chosen, sizeof chosen, 1, GS_NO_AXIS, GS_INT16 }} }};
static const gs_port_t outputs[1] GS_FLASH = {{ {{ answer, sizeof answer, WORDS, GS_NO_AXIS, GS_INT32 }} }};
static const char name[] GS_FLASH = "{INTERFACE.name}";
static const char id[] GS_FLASH = "{INTERFACE.model_id}";
static const char numeric[] GS_FLASH = "{INTERFACE.numeric}";

const gs_model_t gs_model = {{
    name, id, numeric, inputs, outputs, NULL, NULL, nothing, sizeof nothing, reset, run, run, NULL, 1, 1, 0,
}};
"""
