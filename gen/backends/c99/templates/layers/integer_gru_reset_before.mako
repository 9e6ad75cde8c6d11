<%doc>
GRU in integers that resets h before the recurrent kernel sees it, one time step. Needs: f, the function being written.
</%doc>\
<%namespace name="common" file="integer_gru.mako"/>\
<%def name="define(f)">\
<%
    op, x, seen = f.op, f.dtypes_in[0], f.op.narrowed.dtype
    n = 2 * op.units
    g = f.blocks(op.units, 2, f.matrix(op.own, x, slice(0, n)))
    b = f.blocks(op.units, 1, f.matrix(op.own, x, slice(n, None)), "CANDIDATE_")
    alone = g.count == b.count == 1
    own = f.part("kernel", op.own, x, g, slice(0, n))
    past = f.part("recurrent", op.past, seen, g)
    own_c = f.part("candidate_kernel", op.own, x, b, slice(n, None))
    past_c = f.part("candidate_recurrent", op.reset, seen, b)
%>\
${f.sizes(op.inputs, op.units, g, b)}
${f.rows_of_gates(g, "zr")}

/* ${f.layout_comment("z r of " + ('each unit' if g.units > 1 else 'the unit'), own, past)} */
${own.definition}
${past.definition}
/* ${f.layout_comment("h~ of each unit", own_c, past_c)} */
${own_c.definition}
${past_c.definition}
/* z = s(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
 * with s = ${op.gate.function}, a = ${op.candidate.function}. Scratch holds ${'h in 8 bits, then ' if op.narrow else ''}reset h; y holds z meanwhile. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y, ${seen}_t *scratch)
{
${common.narrowed(f)}\
${f.over_blocks(g, capture(gates, f, g, own, past), scoped=alone)}
${f.over_blocks(b, capture(candidates, f, b, own_c, past_c), scoped=alone)}
${f.keep("int16")}
}
</%def>
<%def name="gates(f, g, own, past)">
${own.sums} now[${g.rows}];
${past.sums} past[${g.rows}];
int32_t gate[${g.rows}]; /* z, r */
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", "scratch" if f.op.narrow else "h", f"{f.up}_UNITS")}
% for start, stop, part in f.runs(g, own, past):
${f.over_rows(start, stop, lambda row: capture(common.gate, f, own, past, row, part), f.op.gates[part])}
% endfor
${f.over_units(g, capture(reset, f, g))}
</%def>
<%def name="reset(f, g)">
<%
    op, seen = f.op, f.op.narrowed.dtype
    product, _ = op.bits
    kept = f.shifted(f.value(f.gate("gate", g, "r")) * f.value(f"h[{g.unit}]", "int16"), product)
    half = f"{f.up}_UNITS + " if op.narrow else ""
%>\
const int32_t kept = ${kept}; /* reset h */
y[${g.unit}] = (int16_t)${f.gate("gate", g, "z")};
scratch[${half}${g.unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("kept")), seen), seen)};
</%def>
<%def name="candidates(f, b, own, past)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", f"scratch + {f.up}_UNITS" if f.op.narrow else "scratch", f"{f.up}_UNITS")}
${f.over_units(b, capture(unit, f, b, own, past))}
</%def>
<%def name="unit(f, b, own, past)">
<% row = "0" if b.units == 1 else "j" %>\
const int32_t sum = ${own.result("now", row)}
                  + ${past.result("past", row)};
${common.state(f, b, f"y[{b.unit}]")}
</%def>
