<%doc>GRU that resets h before the recurrent kernel sees it, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    n = 2 * op.units
    g = f.blocks(op.units, 2, f.ask(op.kernel[:, :n]))
    b = f.blocks(op.units, 1, f.ask(op.kernel[:, n:]), "CANDIDATE_")
    kernel, recurrent = f.weights("kernel", op.kernel[:, :n], g, "INPUTS"), f.weights("recurrent", op.recurrent[:, :n], g, "UNITS")
    candidate_kernel = f.weights("candidate_kernel", op.kernel[:, n:], b, "INPUTS")
    candidate_recurrent = f.weights("candidate_recurrent", op.recurrent[:, n:], b, "UNITS")
%>\
${f.sizes(op.inputs, op.units, g, b)}
${f.rows_of_gates(g, "zr")}

/* ${f.layout_comment("z r of " + ('each unit' if g.units > 1 else 'the unit'), kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
/* ${f.layout_comment("h~ of each unit", candidate_kernel, candidate_recurrent)} */
${candidate_kernel.definition}
${candidate_recurrent.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.many(g)}][${g.rows}] = {
${f.table("bias", g.pack(op.bias[:n]))}
};

${f.constant} ${f.name}_candidate_bias[${f.many(b)}][${b.rows}] = {
${f.table("candidate_bias", b.pack(op.bias[n:]))}
};

% endif
/* z = r(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
 * with r = ${op.recurrent_activation}, a = ${op.activation}. The candidate needs reset h of all units, kept in scratch; y holds z meanwhile. */
APART static void ${f.name}_forward(const float *x, float *h, float *y, float *scratch)
{
${f.over_blocks(g, capture(gates, f, g, kernel, recurrent))}
${f.over_blocks(b, capture(candidates, f, b, candidate_kernel, candidate_recurrent))}
${f.keep()}
}
</%def>
<%def name="gates(f, g, kernel, recurrent)">
${f.begun("gate", "bias" if f.op.bias is not None else "", kernel, "x")}
${recurrent.multiply("gate", "h")}
${f.each(f.op.recurrent_activation, "gate", g, "zr")}
${f.over_units(g, capture(reset, f, g))}
</%def>
<%def name="reset(f, g)">
y[${g.unit}] = ${f.gate("gate", g, "z")};
scratch[${g.unit}] = ${f.gate("gate", g, "r")} * h[${g.unit}];
</%def>
<%def name="candidates(f, b, kernel, recurrent)">
${f.begun("candidate", "candidate_bias" if f.op.bias is not None else "", kernel, "x")}
${recurrent.multiply("candidate", "scratch")}
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="unit(f, b)">
const float z = y[${b.unit}];
const float keep = z * h[${b.unit}];
y[${b.unit}] = keep + (1.0f - z) * ${f.act(f.op.activation, "candidate[0]" if b.units == 1 else "candidate[j]")};
</%def>
