<%doc>GRU that resets what the recurrent kernel has made of h, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 3, f.ask(op.kernel))
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("z r h of " + ('each unit' if b.units > 1 else 'the unit'), kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.many(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias[0]))}
};

${f.constant} ${f.name}_recurrent_bias[${f.many(b)}][${b.rows}] = {
${f.table("recurrent_bias", b.pack(op.bias[1]))}
};

% endif
/* z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with r = ${op.recurrent_activation}, a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="block(f, b, kernel, recurrent)">
<% bias = f.op.bias is not None %>\
${f.begun("own", "bias" if bias else "", kernel, "x")}
${f.begun("past", "recurrent_bias" if bias else "", recurrent, "h")}
for (int row = ${f.up}_Z; row < ${f.up}_Z + ${2 * b.units}; row++) { /* z, r */
    const float sum = own[row] + past[row];
    own[row] = ${f.act(f.op.recurrent_activation, "sum")};
}
${f.over_units(b, capture(candidate, f, b), filled=True)}
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="candidate(f, b)">
<% h = f.gate("own", b, "h") %>\
const float sum = ${h} + ${f.gate("own", b, "r")} * ${f.gate("past", b, "h")};
${h} = ${f.act(f.op.activation, "sum")}; /* h~ */
</%def>
<%def name="unit(f, b)">
<% z = f.gate("own", b, "z") %>\
const float keep = ${z} * h[${b.unit}];
y[${b.unit}] = keep + (1.0f - ${z}) * ${f.gate("own", b, "h")};
</%def>
