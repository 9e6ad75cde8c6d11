<%doc>LSTM, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
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
${f.constant} ${f.name}_bias[${f.many(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};

% endif
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${op.recurrent_activation}, a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *h, float *c, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="block(f, b, kernel, recurrent)">
<% op = f.op %>\
${f.begun("gate", "bias" if op.bias is not None else "", kernel, "x")}
${recurrent.multiply("gate", "h")}
${f.each(op.recurrent_activation, "gate", b, "if")}
${f.each(op.activation, "gate", b, "c", "c~")}
${f.each(op.recurrent_activation, "gate", b, "o")}
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="unit(f, b)">
const float keep = ${f.gate("gate", b, "f")} * c[${b.unit}];
const float cell = keep + ${f.gate("gate", b, "i")} * ${f.gate("gate", b, "c")};
c[${b.unit}] = cell;
y[${b.unit}] = ${f.gate("gate", b, "o")} * ${f.act(f.op.activation, "cell")};
</%def>
