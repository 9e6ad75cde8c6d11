<%doc>
GRU in integers that resets what the recurrent kernel has made of h, one time step. Needs: f, the function being written.
</%doc>\
<%namespace name="common" file="integer_gru.mako"/>\
<%def name="define(f)">\
<%
    op, seen = f.op, f.op.narrowed.dtype
    b = f.blocks(op.units, 3, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, seen, b)
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("z r h of " + ('each unit' if b.units > 1 else 'the unit'), own, past)} */
${own.definition}
${past.definition}
/* z = s(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with s = ${op.gate.function}, a = ${op.candidate.function}. h keeps 16 bits${'; the matrix sees it in 8, in scratch' if op.narrow else ''}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int16_t *h, int16_t *y${f', {seen}_t *scratch' if op.narrow else ''})
{
${common.narrowed(f)}\
${f.over_blocks(b, capture(block, f, b, own, past))}
${f.keep("int16")}
}
</%def>
<%def name="block(f, b, own, past)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
int32_t gate[${2 * b.units}]; /* z, r */
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", "scratch" if f.op.narrow else "h", f"{f.up}_UNITS")}
% for start, stop, part in f.runs(b, own, past, gates=2):
${f.over_rows(start, stop, lambda row: capture(common.gate, f, own, past, row, part), f.op.gates[part])}
% endfor
${f.over_units(b, capture(unit, f, b, own, past))}
</%def>
<%def name="unit(f, b, own, past)">
<%
    product, _ = f.op.bits
    row = f"{f.up}_H" if b.units == 1 else f"{f.up}_H + j"
    reset = f.value(f.gate("gate", b, "r"))
%>\
const int32_t inner = ${f.saturated(past.result("past", row, 2), "int16")};
const int32_t sum = ${own.result("now", row, 2)}
                  + ${f.shifted(reset * f.value("inner"), product)};
${common.state(f, b, f.gate("gate", b, "z"))}
</%def>
