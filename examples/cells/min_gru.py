"""minGRU (Feng et al. 2024): z = sigmoid(W_z x + b_z); h' = (1 - z) h + z (W_h x + b_h)."""

import keras
from keras import ops

from gatesmith.api import custom

C99 = """
<%def name="define(f)"><% op, b = f.op, f.blocks(f.op.units, 2, f.ask(f.op.kernel)) %>
<% kernel = f.weights("kernel", op.kernel, b, "INPUTS") %>${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}
${kernel.definition}
${f.constant} ${f.name}_bias[${f.block_count(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel))}
${f.keep()}
}</%def>
<%def name="block(f, b, kernel)">
${f.begun("sum", "bias", kernel, "x")}
${f.over_units(b, capture(unit, f, b))}</%def>
<%def name="unit(f, b)">
const float z = ${f.act(f.op.sigmoid, f.gate("sum", b, "z"))};
y[${b.unit}] = (1.0f - z) * h[${b.unit}] + z * ${f.gate("sum", b, "h")};</%def>
"""
MICROPYTHON = """
<% op, u = f.op, f.op.units %>def _${f.name}(x, i, s, h, y, o):
    a = ${f.sums("bias", op.bias, 2 * u)}
    ${f.gemv("a", f.rows("kernel", op.kernel, "[z h of units][input]"), "x", "i", op.inputs)}
    ${f.act(op.sigmoid, "a", 0, u)}
    for k in range(${u}):
        s[h + k] = y[o + k] = (1 - a[k]) * s[h + k] + a[k] * a[k + ${u}]
"""


@keras.saving.register_keras_serializable("cells")
class MinGRUCell(keras.layers.Layer):
    def __init__(self, units, **options):
        super().__init__(**options)
        self.units = self.state_size = units

    def build(self, shape):
        self.kernel = self.add_weight(shape=(shape[-1], 2 * self.units), name="kernel")
        self.bias = self.add_weight(shape=(2 * self.units,), initializer="zeros", name="bias")

    def call(self, x, states, training=False):
        z, new = ops.split(ops.matmul(x, self.kernel) + self.bias, 2, axis=-1)
        z = ops.sigmoid(z)
        h = (1 - z) * states[0] + z * new
        return h, [h]

    def get_config(self):
        return {**super().get_config(), "units": self.units}


def step(op, x, states):
    a = x @ op.kernel.astype(x.dtype) + op.bias.astype(x.dtype)
    z = op.sigmoid(a[:, : op.units])
    return ((1 - z) * states[0] + z * op.linear(a[:, op.units :]),)


custom_objects = {"MinGRUCell": MinGRUCell}
NAMES = {"states": {"h": "h"}, "gates": "zh", "weights": ("kernel", "bias"), "functions": ("sigmoid", "linear")}
MinGRU = custom.cell("MinGRUCell", step, c99=C99, micropython=MICROPYTHON, **NAMES)
