<%doc>GRU, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    r, a = op.recurrent_activation, op.activation
%>\
% if op.reset_after:
<%
    b = f.blocks(op.units, 3)
    kernel, recurrent = f.weights("kernel", op.kernel, b, "INPUTS"), f.weights("recurrent", op.recurrent, b, "UNITS")
    u = b.units
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${u} unit${'s' if u > 1 else ''}][input][z r h of ${'each unit' if u > 1 else 'the unit'}] */
${kernel.definition}
${recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table(b.pack(op.bias[0]))}
};

${f.constant} ${f.name}_recurrent_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table(b.pack(op.bias[1]))}
};

% endif
/* z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with r = ${r}, a = ${a}. */
static void ${f.name}_forward(const float *x, float *h, float *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${u};
        float own[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
        float past[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("own", "bias[block]", b.rows)}
        ${f.load("past", "recurrent_bias[block]", b.rows)}
% endif
        ${kernel.multiply("own", "x")}
        ${recurrent.multiply("past", "h")}
        for (int j = 0; j < ${2 * u}; j++) { /* z, r */
            const float sum = own[j] + past[j];
            own[j] = ${f.act(r, "sum")};
        }
        for (int j = 0; j < ${u}; j++) { /* h~ */
            const float sum = own[${2 * u} + j] + own[${u} + j] * past[${2 * u} + j];
            own[${2 * u} + j] = ${f.act(a, "sum")};
        }
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${u} ? ${f.up}_UNITS - first : ${u};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${u}; j++) {
% endif
            const float keep = own[j] * h[first + j];
            y[first + j] = keep + (1.0f - own[j]) * own[${2 * u} + j];
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
% else:
<%
    g = f.blocks(op.units, 2)
    b = f.blocks(op.units, 1)
    n = 2 * op.units
    kernel, recurrent = f.weights("kernel", op.kernel[:, :n], g, "INPUTS"), f.weights("recurrent", op.recurrent[:, :n], g, "UNITS")
    candidate_kernel = f.weights("candidate_kernel", op.kernel[:, n:], b, "INPUTS", "CANDIDATE_BLOCKS")
    candidate_recurrent = f.weights("candidate_recurrent", op.recurrent[:, n:], b, "UNITS", "CANDIDATE_BLOCKS")
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${g.count}, ${f.up}_CANDIDATE_BLOCKS = ${b.count} };

/* [block of ${g.units} unit${'s' if g.units > 1 else ''}][input][z r of ${'each unit' if g.units > 1 else 'the unit'}] */
${kernel.definition}
${recurrent.definition}
/* [block of ${b.units} unit${'s' if b.units > 1 else ''}][input][h~ of each unit] */
${candidate_kernel.definition}
${candidate_recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${g.rows}] = {
${f.table(g.pack(op.bias[:n]))}
};

${f.constant} ${f.name}_candidate_bias[${f.up}_CANDIDATE_BLOCKS][${b.rows}] = {
${f.table(b.pack(op.bias[n:]))}
};

% endif
/* z = r(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
 * with r = ${r}, a = ${a}. The candidate needs reset h of all units, kept in scratch; y holds z meanwhile. */
static void ${f.name}_forward(const float *x, float *h, float *y, float *scratch)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${g.units};
        float gate[${g.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("gate", "bias[block]", g.rows)}
% endif
        ${kernel.multiply("gate", "x")}
        ${recurrent.multiply("gate", "h")}
        for (int j = 0; j < ${g.rows}; j++) {
            gate[j] = ${f.act(r, "gate[j]")};
        }
% if g.padded:
        const int units = ${f.up}_UNITS - first < ${g.units} ? ${f.up}_UNITS - first : ${g.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${g.units}; j++) {
% endif
            y[first + j] = gate[j];
            scratch[first + j] = gate[${g.units} + j] * h[first + j];
        }
    }
    for (int block = 0; block < ${f.up}_CANDIDATE_BLOCKS; block++) {
        const int first = block * ${b.units};
        float candidate[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
        ${f.load("candidate", "candidate_bias[block]", b.rows)}
% endif
        ${candidate_kernel.multiply("candidate", "x")}
        ${candidate_recurrent.multiply("candidate", "scratch")}
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${b.units} ? ${f.up}_UNITS - first : ${b.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${b.units}; j++) {
% endif
            const float z = y[first + j];
            const float keep = z * h[first + j];
            y[first + j] = keep + (1.0f - z) * ${f.act(a, "candidate[j]")};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
% endif
</%def>
