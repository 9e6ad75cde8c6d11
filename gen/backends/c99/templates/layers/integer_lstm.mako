<%doc>LSTM in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 4, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

/* ${f.layout_comment("i f c o of " + ('each unit' if b.units > 1 else 'the unit'), own, past)} */
${own.definition}
${past.definition}
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${op.gate.function}, a = ${op.candidate.function}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h}_t *h, int16_t *c, ${h}_t *y)
{
${f.over_blocks(b, capture(block, f, b, own, past))}
${f.keep(op.formats[0].dtype)}
}
</%def>
<%def name="block(f, b, own, past)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
int32_t gate[${b.rows}]; /* before its activation */
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", "h", f"{f.up}_UNITS")}
% for start, stop, part in f.runs(b, own, past):
${f.over_rows(start, stop, lambda row: capture(argument, f, own, past, row, part), f.op.gates[part])}
% endfor
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="argument(f, own, past, row, part)">
${f.joined(f"gate[{row}]", own.result("now", row, part), past.result("past", row, part))}
</%def>
<%def name="unit(f, b)">
<%
    op, h = f.op, f.op.formats[0].dtype
    keep, new, argument = op.bits
    gate = {letter: f.value(f.gate("gate", b, letter)) for letter in op.gates}
    c = f.value(f"c[{b.unit}]", "int16")
    seen = f.shifted(f.value("cell"), argument)
%>\
const int32_t i = ${f.unit(op.gate, gate["i"])};
const int32_t forget = ${f.unit(op.gate, gate["f"])};
const int32_t candidate = ${f.unit(op.candidate, gate["c"])};
const int32_t o = ${f.unit(op.gate, gate["o"])};
const int32_t keep = ${f.shifted(f.value("forget") * c, keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.shifted(f.value("i") * f.value("candidate"), new), "int16")};
const int32_t argument = ${f.saturated(seen, "int16") if argument < 0 else seen};
const int32_t out = ${f.shifted(f.value("o") * f.unit(op.output, f.value("argument")), op.last)};
${c} = (int16_t)cell;
y[${b.unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), h), h)};
</%def>
