<%doc>LSTM and GRU in integers, a unit's values in registers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
% if f.op.kind == "integer_lstm":
${lstm(f)}\
% else:
${gru(f)}\
% endif
</%def>
<%!
    def row(f, b, letter):
        """A gate's row of the unit at hand."""
        first = f"{f.up}_{letter.upper()}"
        return first if b.units == 1 else f"{first} + j"

    def product(f, one, other, shift):
        """A product of 16-bit values, shifted."""
        return f.call("round_product", one, other, shift) if shift else one * other

    def argument(f, b, own, past, letter):
        """What a gate's activation is given."""
        gate, at = f.op.gates.index(letter), row(f, b, letter)
        return f.call("saturate16", own.result("now", at, gate) + past.result("past", at, gate))
%>\
<%def name="sums(f, b, own, past, h)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", h, f"{f.up}_UNITS")}
</%def>
<%def name="lstm(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 4, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
    body = capture(sums, f, b, own, past, "h") + f.over_units(b, capture(lstm_unit, f, b, own, past))
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
${f.over_blocks(b, body)}
${f.keep(h)}
}
</%def>
<%def name="lstm_unit(f, b, own, past)">
<%
    op, h = f.op, f.op.formats[0].dtype
    keep, new, shift = op.bits
    c = f.value(f"c[{b.unit}]", "int16")
    seen = f.shifted(f.value("cell"), shift)
%>\
const int32_t to_i = ${argument(f, b, own, past, "i")};
const int32_t to_candidate = ${argument(f, b, own, past, "c")};
const int32_t new = ${product(f, f.unit(op.gate, f.value("to_i")), f.unit(op.candidate, f.value("to_candidate")), new)};
const int32_t to_forget = ${argument(f, b, own, past, "f")};
const int32_t keep = ${product(f, f.unit(op.gate, f.value("to_forget")), c, keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.value("new"), "int16")};
${c} = (int16_t)cell;
const int32_t argument = ${f.saturated(seen, "int16") if shift < 0 else seen};
const int32_t to_o = ${argument(f, b, own, past, "o")};
const int32_t out = ${product(f, f.unit(op.gate, f.value("to_o")), f.unit(op.output, f.value("argument")), op.last)};
y[${b.unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), h), h)};
</%def>
<%def name="gru(f)">\
<%
    op, seen = f.op, f.op.narrowed.dtype
    b = f.blocks(op.units, 3, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, seen, b)
    at_once = op.narrow and seen == "int8" and f.narrow("scratch", "h", f.up + "_UNITS", op.narrow)
    body = capture(sums, f, b, own, past, "scratch" if op.narrow else "h")
    body += f.over_units(b, capture(gru_unit, f, b, own, past))
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
% if at_once:
    ${at_once}
% elif op.narrow:
    for (int k = 0; k < ${f.up}_UNITS; k++) {
        scratch[k] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("h[k]", "int16")), seen), seen)};
    }
% endif
${f.over_blocks(b, body)}
${f.keep("int16")}
}
</%def>
<%def name="gru_unit(f, b, own, past)">
<%
    op = f.op
    shift, down = op.bits
    rest = (1 << shift) - f.value("z")
    if not op.gate.positive:
        rest = f.clamped(rest, -65535, 65535)
    candidate = f.shifted(f.unit(op.candidate, f.value("argument")), down)
    candidate = f.saturated(candidate, "int16") if down < 0 else candidate
    h = f.value(f"h[{b.unit}]", "int16")
    at = row(f, b, "h")
%>\
const int32_t to_reset = ${argument(f, b, own, past, "r")};
const int32_t inner = ${f.saturated(past.result("past", at, 2), "int16")};
const int32_t sum = ${own.result("now", at, 2)}
                  + ${product(f, f.unit(op.gate, f.value("to_reset")), f.value("inner"), shift)};
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t candidate = ${candidate};
const int32_t to_z = ${argument(f, b, own, past, "z")};
const int32_t z = ${f.unit(op.gate, f.value("to_z"))};
const int32_t rest = ${rest};
const int32_t value = ${product(f, f.value("z"), h, shift) + f.shifted(f.value("rest") * f.value("candidate"), shift)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};
</%def>
