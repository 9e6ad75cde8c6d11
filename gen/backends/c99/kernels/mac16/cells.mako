<%doc>
LSTM and GRU in integers for Xtensa cores: inputs are widened once a step, a unit's values stay in registers. Needs: f,
the function being written.
</%doc>\
<%namespace name="unit" file="/dsp/cells.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.mac16.cells import wide, widens
%>\
<%def name="define(f)">\
% if f.op.kind == "integer_lstm":
${lstm(f)}\
% else:
${gru(f)}\
% endif
</%def>
<%def name="widen(f, name, part, x, inputs)">\
% if widens(part):
    ${part.products[-1].kernel.widened(name, inputs)}
    const int32_t ${name}_total = ${f.primitive("widen_bytes")}(${name}, ${x}, ${inputs});
% endif
% if widens(part) and part.first is not None:
    int32_t ${name}_begin[${part.blocks.rows}]; /* half of what is shifted out */
    for (int row = 0; row < ${part.blocks.rows}; row++) {
        ${name}_begin[row] = ${part.first};
    }
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
<%def name="lstm(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 4, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
    body = capture(sums, f, b, own, past, "h") + f.over_units(b, capture(unit.lstm_unit, f, b, own, past))
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
${widen(f, "seen", own, "x", op.inputs)}\
${widen(f, "kept", past, "h", op.units)}\
${f.over_blocks(b, body)}
${f.keep(h)}
}
</%def>
<%def name="gru(f)">\
<%
    op, seen = f.op, f.op.narrowed.dtype
    b = f.blocks(op.units, 3, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, seen, b)
    body = capture(sums, f, b, own, past, "scratch" if op.narrow else "h")
    body += f.over_units(b, capture(unit.gru_unit, f, b, own, past))
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
% if op.narrow:
    for (int k = 0; k < ${f.up}_UNITS; k++) {
        scratch[k] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("h[k]", "int16")), seen), seen)};
    }
% endif
${widen(f, "seen", own, "x", op.inputs)}\
${widen(f, "kept", past, "scratch" if op.narrow else "h", op.units)}\
${f.over_blocks(b, body)}
${f.keep("int16")}
}
</%def>
