"""CfC (Hasani et al. 2022) without backbone, of even time steps: with v = W_v x + U_v h + b_v for each of f, g, t:
h' = tanh(f) (1 - sigmoid(t)) + tanh(g) sigmoid(t)."""

import keras
from keras import ops

from gatesmith.api import custom

C99 = """
<%def name="define(f)"><% op, b = f.op, f.blocks(f.op.units, 3, f.ask(f.op.kernel)) %>
<% kernel, past = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS") %>
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}
${kernel.definition}
${past.definition}
${f.constant} ${f.name}_bias[${f.block_count(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, past))}
${f.keep()}
}</%def>
<%def name="block(f, b, kernel, past)">
${f.begun("sum", "bias", kernel, "x")}
${past.multiply("sum", "h")}
${f.over_units(b, capture(unit, f, b))}</%def>
<%def name="unit(f, b)"><% op = f.op %>
const float t = ${f.act(op.sigmoid, f.gate("sum", b, "t"))}, first = ${f.act(op.tanh, f.gate("sum", b, "f"))};
y[${b.unit}] = first * (1.0f - t) + ${f.act(op.tanh, f.gate("sum", b, "g"))} * t;</%def>
"""
MICROPYTHON = """
<% op, u = f.op, f.op.units %>def _${f.name}(x, i, s, h, y, o):
    a = ${f.sums("bias", op.bias, 3 * u)}
    ${f.gemv("a", f.rows("kernel", op.kernel, "[f g t of units][input]"), "x", "i", op.inputs)}
    ${f.gemv("a", f.rows("recurrent", op.recurrent, "[f g t of units][unit]"), "s", "h", u)}
    ${f.act(op.tanh, "a", 0, 2 * u) + f.act(op.sigmoid, "a", 2 * u, 3 * u)}
    for k in range(${u}):
        t = a[k + ${2 * u}]
        s[h + k] = y[o + k] = a[k] * (1 - t) + a[k + ${u}] * t
"""


class CfCCell(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape):
        shapes = (shape[-1], 3 * self.units), (self.units, 3 * self.units), (3 * self.units,)
        self.own = [self.add_weight(shape=s, name=n) for s, n in zip(shapes, WEIGHTS, strict=True)]

    def call(self, x, states, training=False):
        kernel, recurrent, bias = self.own
        f, g, t = ops.split(x @ kernel + states[0] @ recurrent + bias, 3, axis=-1)
        h = ops.tanh(f) * (1 - ops.sigmoid(t)) + ops.tanh(g) * ops.sigmoid(t)
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def step(op, x, states):
    a, u = x @ op.kernel + states[0] @ op.recurrent + op.bias, op.units
    t = op.sigmoid(a[:, 2 * u :])
    return (op.tanh(a[:, :u]) * (1 - t) + op.tanh(a[:, u : 2 * u]) * t,)


WEIGHTS, custom_objects = ("kernel", "recurrent_kernel", "bias"), {"CfCCell": CfCCell}
CfC = custom.cell("CfCCell", step, states={"h": "h"}, gates="fgt", weights=WEIGHTS, c99=C99, micropython=MICROPYTHON)
