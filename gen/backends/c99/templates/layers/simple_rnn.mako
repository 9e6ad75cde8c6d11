<%doc>SimpleRNN, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 1)
    gemv_x, gemv_h = f.gemv(b.rows, op.inputs), f.gemv(b.rows, op.units)
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${b.units} unit${'s' if b.units > 1 else ''}][input][unit] */
${f.constant} ${f.name}_kernel[${f.up}_BLOCKS][${f.up}_INPUTS][${b.rows}] = {
${f.table(b.pack(op.kernel))}
};

${f.constant} ${f.name}_recurrent[${f.up}_BLOCKS][${f.up}_UNITS][${b.rows}] = {
${f.table(b.pack(op.recurrent))}
};

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
        ${gemv_x}(sum, ${f.name}_kernel[block], x, ${f.up}_INPUTS);
        ${gemv_h}(sum, ${f.name}_recurrent[block], h, ${f.up}_UNITS);
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
