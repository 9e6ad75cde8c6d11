<%doc>SimpleRNN, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 1, f.ask(op.kernel))
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
%>\
${f.sizes(op.inputs, op.units, b)}

/* ${f.layout_comment("unit", kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.many(b)}][${b.rows}] = {
${f.table("bias", b.pack(op.bias))}
};

% endif
/* h = a(W x + U h + b) with a = ${op.activation}. */
APART static void ${f.name}_forward(const float *x, float *h, float *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="block(f, b, kernel, recurrent)">
${f.begun("sum", "bias" if f.op.bias is not None else "", kernel, "x")}
${recurrent.multiply("sum", "h")}
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="unit(f, b)">
y[${b.unit}] = ${f.act(f.op.activation, "sum[0]" if b.units == 1 else "sum[j]")};
</%def>
