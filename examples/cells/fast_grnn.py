"""FastGRNN (Kusupati et al. 2018): p = W x + U h; z = sigmoid(p + b_z); h~ = tanh(p + b_h);
h' = (sigmoid(zeta) (1 - z) + sigmoid(nu)) h~ + z h. The weight ``gains`` is zeta, nu."""

from keras import layers, ops

from gatesmith.api import custom

C99 = """
<%def name="define(f)"><% op, u, b = f.op, f.op.units, f.blocks(f.op.units, 1, f.ask(f.op.kernel)) %>
<% kernel, past = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS") %>
${f.sizes(op.inputs, u, b)}
${kernel.definition}
${past.definition}
${f.constant} ${f.name}_biases[2][${u}] = {
${f.table("biases", op.biases)}
};
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, past))}
${f.keep()}
}</%def>
<%def name="block(f, b, kernel, past)">
${f.begun("sum", "", kernel, "x")}
${past.multiply("sum", "h")}
${f.over_units(b, capture(unit, f, b))}</%def>
<%def name="unit(f, b)"><% sum, zeta, nu = "sum[0]" if b.units == 1 else "sum[j]", *f.op.sigmoid(f.op.gains) %>
const float gate = ${sum} + ${f.name}_biases[0][${b.unit}], next = ${sum} + ${f.name}_biases[1][${b.unit}];
const float z = ${f.act(f.op.sigmoid, "gate")};
y[${b.unit}] = z * h[${b.unit}]
    + (${f.literal(zeta)} * (1.0f - z) + ${f.literal(nu)}) * ${f.act(f.op.tanh, "next")};</%def>
"""
MICROPYTHON = """
<% op, u, (zeta, nu) = f.op, f.op.units, f.op.sigmoid(f.op.gains) %>
def _${f.name}(x, i, s, h, y, o):
    p, a = [0.0] * ${u}, ${f.sums("biases", op.biases.ravel(), 2 * u)}
    ${f.gemv("p", f.rows("kernel", op.kernel, "[unit][input]"), "x", "i", op.inputs)}
    ${f.gemv("p", f.rows("recurrent", op.recurrent, "[unit][unit before]"), "s", "h", u)}
    a = [b + p[k % ${u}] for k, b in enumerate(a)]
    ${f.act(op.sigmoid, "a", 0, u) + f.act(op.tanh, "a", u, 2 * u)}
    for k in range(${u}):
        s[h + k] = y[o + k] = (${zeta} * (1 - a[k]) + ${nu}) * a[k + ${u}] + a[k] * s[h + k]
"""


class FastGRNNCell(layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape):
        shapes = (shape[-1], self.units), (self.units, self.units), (2, self.units), (2,)
        self.own = [self.add_weight(shape=s, name=n) for s, n in zip(shapes, WEIGHTS, strict=True)]

    def call(self, x, states, training=False):
        return (h := following(x, states[0], *self.own, ops.sigmoid, ops.tanh)), [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def following(x, h, kernel, recurrent, biases, gains, sigmoid, tanh):
    p, gains = x @ kernel + h @ recurrent, sigmoid(gains)
    z = sigmoid(p + biases[0])
    return (gains[0] * (1 - z) + gains[1]) * tanh(p + biases[1]) + z * h


def step(op, x, states):
    return (following(x, *states, op.kernel, op.recurrent, op.biases, op.gains, op.sigmoid, op.tanh),)


WEIGHTS, custom_objects = ("kernel", "recurrent_kernel", "biases", "gains"), {"FastGRNNCell": FastGRNNCell}
USE = {"states": {"h": "h"}, "gates": "h", "weights": WEIGHTS}
FastGRNN = custom.cell("FastGRNNCell", step, c99=C99, micropython=MICROPYTHON, **USE)
