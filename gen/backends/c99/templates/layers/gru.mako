<%doc>GRU, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    r, a = op.recurrent_activation, op.activation
%>\
% if op.reset_after:
<%
    b = f.blocks(op.units, 3)
    gemv_x, gemv_h = f.gemv(b.rows, op.inputs), f.gemv(b.rows, op.units)
    u = b.units
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* [block of ${u} unit${'s' if u > 1 else ''}][input][z r h of ${'each unit' if u > 1 else 'the unit'}] */
${f.constant} ${f.name}_kernel[${f.up}_BLOCKS][${f.up}_INPUTS][${b.rows}] = {
${f.table(b.pack(op.kernel))}
};

${f.constant} ${f.name}_recurrent[${f.up}_BLOCKS][${f.up}_UNITS][${b.rows}] = {
${f.table(b.pack(op.recurrent))}
};

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
        ${gemv_x}(own, ${f.name}_kernel[block], x, ${f.up}_INPUTS);
        ${gemv_h}(past, ${f.name}_recurrent[block], h, ${f.up}_UNITS);
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
    zr_x, zr_h = f.gemv(g.rows, op.inputs), f.gemv(g.rows, op.units)
    c_x, c_h = f.gemv(b.rows, op.inputs), f.gemv(b.rows, op.units)
    n = 2 * op.units
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${g.count}, ${f.up}_CANDIDATE_BLOCKS = ${b.count} };

/* [block of ${g.units} unit${'s' if g.units > 1 else ''}][input][z r of ${'each unit' if g.units > 1 else 'the unit'}] */
${f.constant} ${f.name}_kernel[${f.up}_BLOCKS][${f.up}_INPUTS][${g.rows}] = {
${f.table(g.pack(op.kernel[:, :n]))}
};

${f.constant} ${f.name}_recurrent[${f.up}_BLOCKS][${f.up}_UNITS][${g.rows}] = {
${f.table(g.pack(op.recurrent[:, :n]))}
};

/* [block of ${b.units} unit${'s' if b.units > 1 else ''}][input][h~ of each unit] */
${f.constant} ${f.name}_candidate_kernel[${f.up}_CANDIDATE_BLOCKS][${f.up}_INPUTS][${b.rows}] = {
${f.table(b.pack(op.kernel[:, n:]))}
};

${f.constant} ${f.name}_candidate_recurrent[${f.up}_CANDIDATE_BLOCKS][${f.up}_UNITS][${b.rows}] = {
${f.table(b.pack(op.recurrent[:, n:]))}
};

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
        ${zr_x}(gate, ${f.name}_kernel[block], x, ${f.up}_INPUTS);
        ${zr_h}(gate, ${f.name}_recurrent[block], h, ${f.up}_UNITS);
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
        ${c_x}(candidate, ${f.name}_candidate_kernel[block], x, ${f.up}_INPUTS);
        ${c_h}(candidate, ${f.name}_candidate_recurrent[block], scratch, ${f.up}_UNITS);
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
