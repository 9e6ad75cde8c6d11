<%doc>LSTM, one time step. A set with its own cell gives a block's statements, those before all blocks, functions.</%doc>\
<%def name="define(f, inside=None, ahead=None, functions=None)">\
<% op, (h, c) = f.op, f.state_types; b, kernel, recurrent = f.gated(4) %>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

${cell.tables(f, b, "i f c o", kernel, recurrent)}\
${functions(f, kernel, recurrent) if functions else ""}\
/* i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
 * with r = ${f.function_of("i")}, a = ${f.function_of("c")}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h} *h, ${c} *c, ${h} *y)
{
${ahead(f, kernel, recurrent, "h") if ahead else ""}\
${f.over_blocks(b, capture(inside or block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="block(f, b, kernel, recurrent)">
${cell.arguments(f, b, kernel, recurrent)}\
% if not f.integer:
${f.each(f.op.recurrent_activation, "gate", b, "if")}
${f.each(f.op.activation, "gate", b, "c", "c~")}
${f.each(f.op.recurrent_activation, "gate", b, "o")}
% endif
${f.over_units(b, capture(unit, f, b))}
</%def>
<%def name="unit(f, b)">
${state(f, b.unit, {letter: f.gated_value(letter, f.gate("gate", b, letter)) for letter in f.op.gates})}\
</%def>
<%def name="state(f, unit, gate)">\
% if f.integer:
<%
    op, h = f.op, f.op.formats[0].dtype
    keep, new, argument = op.bits
    seen = f.shifted(f.value("cell"), argument)
%>\
const int32_t i = ${gate["i"]};
const int32_t forget = ${gate["f"]};
const int32_t candidate = ${gate["c"]};
const int32_t o = ${gate["o"]};
const int32_t keep = ${f.shifted(f.value("forget") * f.value(f"c[{unit}]", "int16"), keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.shifted(f.value("i") * f.value("candidate"), new), "int16")};
const int32_t argument = ${f.saturated(seen, "int16") if argument < 0 else seen};
const int32_t out = ${f.shifted(f.value("o") * f.unit(op.output, f.value("argument")), op.last)};
c[${unit}] = (int16_t)cell;
y[${unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), h), h)};
% else:
const float keep = ${gate["f"]} * c[${unit}];
const float cell = keep + ${gate["i"]} * ${gate["c"]};
c[${unit}] = cell;
y[${unit}] = ${gate["o"]} * ${f.act(f.op.activation, "cell")};
% endif
</%def>
