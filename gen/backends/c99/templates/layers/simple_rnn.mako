<%doc>SimpleRNN, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 1)
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${b.units} unit${'s' if b.units > 1 else ''}][input][unit] */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table(b.pack(op.bias))}
};

% endif
/* h = a(W x + U h + b) with a = ${op.activation}. */
static void ${f.name}_forward(const float *x, float *h, float *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${b.units};
        float sum[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("sum", "bias[block]", b.rows)}
% endif
        ${kernel.multiply("sum", "x")}
        ${recurrent.multiply("sum", "h")}
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${b.units} ? ${f.up}_UNITS - first : ${b.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${b.units}; j++) {
% endif
            y[first + j] = ${f.act(op.activation, "sum[j]")};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
</%def>
