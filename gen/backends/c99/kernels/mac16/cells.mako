<%namespace name="unit" file="/dsp/cells.mako"/>\
<%namespace name="lstm" file="/lstm.mako"/>\
<%namespace name="gru" file="/gru.mako"/>\
<%! from gatesmith.backends.c99.kernels.mac16.cells import wide, widens %>\
${lstm.define(f, lstm_block, widened) if f.op.kind == "integer_lstm" else gru.after(f, gru_block, widened)}\
<%def name="widened(f, own, past, h)">\
${widen(f, "seen", own, "x", f.op.inputs)}\
${widen(f, "kept", past, h, f.op.units)}\
</%def>
<%def name="widen(f, name, part, x, inputs)">\
% if widens(part):
    ${part.products[-1].kernel.widened(name, inputs)}
    const int32_t ${name}_total = ${f.primitive("widen_bytes")}(${name}, ${x}, ${inputs});
% endif
% if widens(part) and part.first is not None:
    int32_t ${name}_begin[${part.blocks.rows}]; /* half of what is shifted out */
    ${over("int row", part.blocks.rows, f"{name}_begin[row] = {part.first};")}
% endif
</%def>
<%def name="add(f, sums, name, part, x, inputs)">
% if not widens(part):
${f.start(**{sums: part})}
${part.multiply(sums, x, inputs)}
% else:
${wide(part, sums, f"{part.name}_bias[{part.at}]" if part.first is None else f"{name}_begin", name)}
% endif
</%def>
<%def name="sums(f, b, own, past, h)">
int32_t now[${2 * b.rows}];
int32_t *const past = now + ${b.rows}; /* behind it, so that one register leads to both */
${add(f, "now", "seen", own, "x", f.up + "_INPUTS")}
${add(f, "past", "kept", past, h, f.up + "_UNITS")}
</%def>
<%def name="lstm_block(f, b, own, past)">
${sums(f, b, own, past, "h")}\
${f.over_units(b, capture(unit.lstm_unit, f, b, unit.module.arguments(f, b, own, past)))}
</%def>
<%def name="gru_block(f, b, own, past)">
${sums(f, b, own, past, "scratch" if f.op.narrow else "h")}\
${f.over_units(b, capture(unit.gru_unit, f, b, own, past))}
</%def>
