"""FastGRNN in integers too: gates have 15 bits behind the point, gains 14; each gate has rows of its own of W and U."""

from dataclasses import dataclass

import numpy as np
from fast_grnn import FastGRNN, custom_objects

from gatesmith.api import custom
from gatesmith.layers.integer.cells import IntegerCell, gate_matrix, output_formats, settled, shared, unit_inside
from gatesmith.numerics.fixed import round_shift, saturate
from gatesmith.numerics.unit import Unit, spacious

__all__ = ["custom_objects"]
C99 = """
<%def name="define(f)"><% op, b = f.op, f.blocks(f.op.units, 2, f.matrix(f.op.own, f.dtypes_in[0])) %>
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
sums = [f.saturated(own.result("now", row(k), k) + past.result("past", row(k), k), "int16") for k in range(2)] %>
int32_t z = ${sums[0]}, next = ${sums[1]};
z = ${f.unit(op.gate, f.value("z"))};
next = ${f.unit(op.candidate, f.value("next"))};
const int32_t gain = ${f.shifted(f.value("(32768 - z)") * op.zeta, 15)} + ${op.nu};
const int32_t value = ${f.shifted(f.value("z") * f.value(f"h[{b.unit}]", "int16"), 15)}
                    + ${f.shifted(f.value("gain") * f.value("next"), op.shift)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};</%def>
"""
MICROPYTHON = """
<% op, kernel = f.op, f.product("kernel", f.op.own, f.padded(f.op.own, f.op.past), 2)
recurrent = f.product("recurrent", op.past, kernel.to + kernel.size, 2) %>
<%write:part name="finish" tensors="${{'h': 'int16', 'y': 'int16'}}" products="${[kernel, recurrent]}">
for k in range(${op.units}):
    ${fixed.gate(kernel, recurrent, 1, op.candidate)}
    i = v
    ${fixed.gate(kernel, recurrent, 0, op.gate)}
    q = 32768 - v
    ${fixed.times("q", op.zeta, 15)}
    q += ${op.nu}
    ${fixed.times("i", "q", op.shift)}
    q = ${f.at('h', 'k')}
    ${fixed.times("v", "q", 15)}
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
class IntegerFastGrnn(IntegerCell):
    kind, memories, gates = "integer_fast_grnn", {"h": "h"}, "zh"
    gate: Unit
    candidate: Unit
    zeta: int
    nu: int
    shift: int

    def cell(self, x, states):
        z, new = np.split(saturate(self.own(x) + self.past(states[0]), 16), 2, axis=1)
        z, new = self.gate(z), self.candidate(new)
        gain = round_shift((32768 - z) * self.zeta, 15) + self.nu
        return (saturate(round_shift(z * states[0], 15) + round_shift(gain * new, self.shift), 16),)


def rule(op, task):
    gate, candidate, h = unit_inside(op.sigmoid, task), unit_inside(op.tanh, task), spacious(*task.inner["h"])
    zeta, nu = (round(float(gain) * 2**14) for gain in op.sigmoid(op.gains))
    scale = np.repeat([gate.source.scale, candidate.source.scale], op.units)
    kernel, recurrent = np.tile(op.kernel, 2), np.tile(op.recurrent, 2)
    past = gate_matrix(task, "recurrent", recurrent, None, h, scale, 2)
    bias = settled(kernel, op.biases.ravel(), past)
    own = gate_matrix(task, "kernel", kernel, bias, task.input_format(0, task.dtype), scale, 2)
    fields = {"gate": gate, "candidate": candidate, "zeta": zeta, "nu": nu, "shift": 29 + round(np.log2(h.scale))}
    done = IntegerFastGrnn(**shared(op), own=own, past=past, formats=(h,), **fields)
    return done, output_formats(task, done, (h, h, h))


custom.integer(FastGRNN, "integer_fast_grnn", rule, c99=C99, micropython=MICROPYTHON)
