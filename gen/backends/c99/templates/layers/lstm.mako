<%doc>LSTM, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    b = f.blocks(op.units, 4)
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
    u = b.units
    r = op.recurrent_activation
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${u} unit${'s' if u > 1 else ''}][input][i f c o of ${'each unit' if u > 1 else 'the unit'}] */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table(b.pack(op.bias))}
};

% endif
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${r}, a = ${op.activation}. */
static void ${f.name}_forward(const float *x, float *h, float *c, float *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${u};
        float gate[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("gate", "bias[block]", b.rows)}
% endif
        ${kernel.multiply("gate", "x")}
        ${recurrent.multiply("gate", "h")}
% if r.name != "linear":
        for (int j = 0; j < ${2 * u}; j++) { /* i, f */
            gate[j] = ${f.act(r, "gate[j]")};
        }
% endif
% if op.activation.name != "linear":
        for (int j = ${2 * u}; j < ${3 * u}; j++) { /* c~ */
            gate[j] = ${f.act(op.activation, "gate[j]")};
        }
% endif
% if r.name != "linear":
        for (int j = ${3 * u}; j < ${4 * u}; j++) { /* o */
            gate[j] = ${f.act(r, "gate[j]")};
        }
% endif
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${u} ? ${f.up}_UNITS - first : ${u};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${u}; j++) {
% endif
            const float keep = gate[${u} + j] * c[first + j];
            const float cell = keep + gate[j] * gate[${2 * u} + j];
            c[first + j] = cell;
            y[first + j] = gate[${3 * u} + j] * ${f.act(op.activation, "cell")};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
</%def>
