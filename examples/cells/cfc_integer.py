"""CfC in integers too: f, g, t and h have 15 bits behind the point."""

from dataclasses import dataclass

import numpy as np
from cfc import CfC, custom_objects

from gatesmith.api import custom
from gatesmith.layers.integer.cells import IntegerCell, gate_matrix, output_formats, settled, shared, unit_inside
from gatesmith.numerics.fixed import round_shift, saturate
from gatesmith.numerics.unit import Unit

__all__ = ["custom_objects"]
C99 = """
<%def name="define(f)"><% op, b = f.op, f.blocks(f.op.units, 3, f.matrix(f.op.own, f.dtypes_in[0])) %>
<% own, past = f.part("kernel", op.own, f.dtypes_in[0], b), f.part("recurrent", op.past, "int16", b) %>
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}
${own.definition}
${past.definition}
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y)
{
${f.over_blocks(b, capture(block, f, b, own, past))}
${f.keep("int16")}
}</%def>
<%def name="block(f, b, own, past)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", "h", f"{f.up}_UNITS")}
${f.over_units(b, capture(unit, f, b, own, past))}</%def>
<%def name="unit(f, b, own, past)"><% op, j = f.op, " + j" if b.units > 1 else ""
row = lambda k: f"{f.up}_{op.gates[k].upper()}{j}"
sums = [f.saturated(own.result("now", row(k), k) + past.result("past", row(k), k), "int16") for k in range(3)] %>
int32_t f = ${sums[0]}, g = ${sums[1]}, t = ${sums[2]};
f = ${f.unit(op.candidate, f.value("f"))};
g = ${f.unit(op.candidate, f.value("g"))};
t = ${f.unit(op.gate, f.value("t"))};
const int32_t value = ${f.shifted(f.value("f") * f.value("(32768 - t)"), 15)}
                    + ${f.shifted(f.value("g") * f.value("t"), 15)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};</%def>
"""
MICROPYTHON = """
<% op, kernel = f.op, f.product("kernel", f.op.own, f.padded(f.op.own, f.op.past), 3)
recurrent = f.product("recurrent", op.past, kernel.to + kernel.size, 3) %>
<%write:part name="finish" tensors="${{'h': 'int16', 'y': 'int16'}}" products="${[kernel, recurrent]}">
for k in range(${op.units}):
    ${fixed.gate(kernel, recurrent, 0, op.candidate)}
    i = v
    ${fixed.gate(kernel, recurrent, 1, op.candidate)}
    next = v
    ${fixed.gate(kernel, recurrent, 2, op.gate)}
    q = 32768 - v
    ${fixed.times("i", "q", 15)}
    ${fixed.times("v", "next", 15)}
    v += i
    ${fixed.saturate("v", "int16")}
    ${f.put('h', 'k')} = v
    ${f.put('y', 'k')} = v
    ${fixed.advance(kernel, recurrent)}
</%write:part>
<%write:calling arguments="${('x', 'h', 'y')}">
${fixed.multiply(kernel, recurrent)}
${f.call("finish")}
</%write:calling>
"""


@dataclass(frozen=True, eq=False)
class IntegerCfC(IntegerCell):
    kind, memories, gates = "integer_cfc", {"h": "h"}, "fgt"
    gate: Unit
    candidate: Unit

    def cell(self, x, states):
        f, g, t = np.split(saturate(self.own(x) + self.past(states[0]), 16), 3, axis=1)
        f, g, t = self.candidate(f), self.candidate(g), self.gate(t)
        return (saturate(round_shift(f * (32768 - t), 15) + round_shift(g * t, 15), 16),)


def rule(op, task):
    gate, candidate = unit_inside(op.sigmoid, task), unit_inside(op.tanh, task)
    h, scale = candidate.result, np.repeat([unit.source.scale for unit in (candidate, candidate, gate)], op.units)
    past = gate_matrix(task, "recurrent", op.recurrent, None, h, scale, 3)
    source, bias = task.input_format(0, task.dtype), settled(op.kernel, op.bias, past)
    own = gate_matrix(task, "kernel", op.kernel, bias, source, scale, 3)
    done = IntegerCfC(**shared(op), own=own, past=past, formats=(h,), gate=gate, candidate=candidate)
    return done, output_formats(task, done, (h, h, h))


custom.integer(CfC, "integer_cfc", rule, c99=C99, micropython=MICROPYTHON)
