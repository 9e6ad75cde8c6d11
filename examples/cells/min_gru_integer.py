"""minGRU in integers too: z in 15 bits behind the point; h in 16 bits, on a scale that holds what z mixes into it."""

from dataclasses import dataclass

import numpy as np
from min_gru import MinGRU, custom_objects

from gatesmith.api import custom
from gatesmith.layers.integer.cells import IntegerCell, gate_matrix, output_formats, shared, unit_inside
from gatesmith.numerics.fixed import round_shift, saturate
from gatesmith.numerics.unit import Unit, spacious

__all__ = ["custom_objects"]
C99 = """
<%def name="define(f)"><% op, b = f.op, f.blocks(f.op.units, 2, f.matrix(f.op.own, f.dtypes_in[0])) %>
<% own = f.part("kernel", op.own, f.dtypes_in[0], b) %>${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}
${own.definition}
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y)
{
${f.over_blocks(b, capture(block, f, b, own))}
${f.keep("int16")}
}</%def>
<%def name="block(f, b, own)">
${own.sums} sum[${b.rows}];
${f.start(sum=own)}
${own.multiply("sum", "x", f"{f.up}_INPUTS")}
${f.over_units(b, capture(unit, f, b, own))}</%def>
<%def name="unit(f, b, own)"><% z, h = (f"{f.up}_{letter}{' + j' if b.units > 1 else ''}" for letter in "ZH") %>
const int32_t argument = ${f.saturated(own.result("sum", z, 0), "int16")};
const int32_t z = ${f.unit(f.op.gate, f.value("argument"))};
const int32_t next = ${f.saturated(own.result("sum", h, 1), "int16")};
const int32_t value = ${f.shifted(f.value("(32768 - z)") * f.value(f"h[{b.unit}]", "int16"), 15)}
                    + ${f.shifted(f.value("z") * f.value("next"), 15)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};</%def>
"""
MICROPYTHON = """
<% op, kernel = f.op, f.product("kernel", f.op.own, f.padded(f.op.own), 2) %>
<%write:part name="finish" tensors="${{'h': 'int16', 'y': 'int16'}}" products="${[kernel]}">
for k in range(${op.units}):
    ${fixed.gate(kernel, None, 1)}
    i = v
    ${fixed.gate(kernel, None, 0, op.gate)}
    q = 32768 - v
    ${fixed.times("i", "v", 15)}
    v = ${f.at('h', 'k')}
    ${fixed.times("v", "q", 15)}
    v += i
    ${fixed.saturate("v", "int16")}
    ${f.put('h', 'k')} = v
    ${f.put('y', 'k')} = v
    ${fixed.advance(kernel)}
</%write:part>
<%write:calling arguments="${('x', 'h', 'y')}">
${fixed.multiply(kernel)}
${f.call("finish")}
</%write:calling>
"""


@dataclass(frozen=True, eq=False)
class IntegerMinGru(IntegerCell):
    kind, memories, gates = "integer_min_gru", {"h": "h"}, "zh"
    gate: Unit

    def arrays(self):
        return self.own.arrays("kernel")

    def cell(self, x, states):
        z, new = np.split(saturate(self.own(x), 16), 2, axis=1)
        z = self.gate(z)
        return (saturate(round_shift((32768 - z) * states[0], 15) + round_shift(z * new, 15), 16),)


def rule(op, task):
    gate, new, old = unit_inside(op.sigmoid, task), task.inner["result linear"], task.inner["h"]
    h = spacious(min(*new, *old), max(*new, *old))
    scale = np.repeat([gate.source.scale, h.scale], op.units)
    own = gate_matrix(task, "kernel", op.kernel, op.bias, task.input_format(0, task.dtype), scale, 2)
    done = IntegerMinGru(**shared(op), own=own, past=None, formats=(h,), gate=gate)
    return done, output_formats(task, done, (h, h, h))


custom.integer(MinGRU, "integer_min_gru", rule, c99=C99, micropython=MICROPYTHON)
