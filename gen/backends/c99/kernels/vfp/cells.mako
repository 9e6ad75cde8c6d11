<%doc>LSTM and GRU in float32, a unit's values in registers. Needs: f, the function being written.</%doc>\
<%!
    from dataclasses import replace

    import numpy as np

    LINE = 16
    """Floats that compilers copy in line; for more they call the library, which may copy byte by byte."""

    def begin(f, to, row, count, size=""):
        """The statements that copy a block's row of a table."""
        if count <= LINE:
            return f.load(to, row, count, size)
        parts = [(first, min(LINE, count - first)) for first in range(0, count, LINE)]
        return "\n".join(f"memcpy({to} + {k}, {f.name}_{row} + {k}, {n} * sizeof *{f.name}_{row});" for k, n in parts)
%>\
<%def name="define(f)">\
% if f.op.kind == "lstm":
${lstm(f)}\
% else:
${gru(f)}\
% endif
</%def>
<%def name="lstm(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 4, f.ask(op.kernel))
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("i f c o of " + ('each unit' if b.units > 1 else 'the unit'), kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.block_count(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};

% endif
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${op.recurrent_activation}, a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *h, float *c, float *y)
{
${f.over_blocks(b, capture(lstm_block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="lstm_block(f, b, kernel, recurrent)">
float gate[${b.rows}]${'' if f.op.bias is not None else ' = { 0.0f }'};
% if f.op.bias is not None:
${begin(f, "gate", f"bias[{b.block}]", b.rows)}
% endif
${kernel.multiply("gate", "x")}
${recurrent.multiply("gate", "h")}
${f.over_units(b, capture(lstm_unit, f, b))}
</%def>
<%def name="lstm_unit(f, b)">
<%
    op = f.op
    i, forget, candidate, o = (f.gate("gate", b, letter) for letter in op.gates)
%>\
const float candidate = ${f.act(op.activation, candidate)};
const float new = ${f.act(op.recurrent_activation, i)} * candidate;
const float cell = ${f.act(op.recurrent_activation, forget)} * c[${b.unit}] + new;
c[${b.unit}] = cell;
const float out = ${f.act(op.activation, "cell")};
y[${b.unit}] = ${f.act(op.recurrent_activation, o)} * out;
</%def>
<%def name="gru(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 3, f.ask(op.kernel))
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
    if op.bias is not None:
        n = 2 * op.units
        first = np.concatenate([op.bias[0][:n] + op.bias[1][:n], op.bias[0][n:]])
        inner = replace(b, gates=1).pack(op.bias[1][n:])
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("z r h of " + ('each unit' if b.units > 1 else 'the unit'), kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
/* b_z + b'_z, b_r + b'_r, b_h */
${f.constant} ${f.name}_bias[${f.block_count(b)}][${b.rows}] = {
${f.table("bias", b.pack(first))}
};

/* b'_h */
${f.constant} ${f.name}_recurrent_bias[${f.block_count(b)}][${b.units}] = {
${f.table("recurrent_bias", inner)}
};

% endif
/* z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with r = ${op.recurrent_activation}, a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(gru_block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="gru_block(f, b, kernel, recurrent)">
<%
    bias = f.op.bias is not None
    rows = f"gate + {f.up}_H"
%>\
float gate[${b.rows}]${'' if bias else ' = { 0.0f }'};
float own[${b.units}]; /* W_h x + b_h, while gate goes on with U_h h + b'_h */
% if bias:
${begin(f, "gate", f"bias[{b.block}]", b.rows)}
% endif
${kernel.multiply("gate", "x")}
memcpy(own, ${rows}, sizeof own);
% if bias:
${begin(f, rows, f"recurrent_bias[{b.block}]", b.units, "sizeof own")}
% else:
memset(${rows}, 0, sizeof own);
% endif
${recurrent.multiply("gate", "h")}
${f.over_units(b, capture(gru_unit, f, b))}
</%def>
<%def name="gru_unit(f, b)">
<%
    op = f.op
    z, r, h = (f.gate("gate", b, letter) for letter in op.gates)
    own = "own[0]" if b.units == 1 else "own[j]"
%>\
const float reset = ${f.act(op.recurrent_activation, r)};
const float candidate = ${f.act(op.activation, f"{own} + reset * {h}")};
const float z = ${f.act(op.recurrent_activation, z)};
y[${b.unit}] = z * (h[${b.unit}] - candidate) + candidate;
</%def>
