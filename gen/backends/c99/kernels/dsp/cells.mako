<%namespace name="lstm" file="/lstm.mako"/>\
<%namespace name="gru" file="/gru.mako"/>\
${lstm.define(f, lstm_block) if f.op.kind == "integer_lstm" else gru.after(f, gru_block)}\
<%!
    def row(f, b, letter):
        """A gate's row of the unit at hand."""
        first = f"{f.up}_{letter.upper()}"
        return first if b.units == 1 else f"{first} + j"

    def product(f, one, other, shift):
        """A product of 16-bit values, shifted."""
        return f.call("round_product", one, other, shift) if shift else one * other

    def arguments(f, b, own, past):
        """What each gate's activation is given."""
        places = [(letter, row(f, b, letter), gate) for gate, letter in enumerate(f.op.gates)]
        return {letter: f.call("saturate16", own.result("now", at, gate) + past.result("past", at, gate)) for letter, at, gate in places}
%>\
<%def name="lstm_block(f, b, own, past)">
${cell.sums(f, own, past)}\
${f.over_units(b, capture(lstm_unit, f, b, arguments(f, b, own, past)))}
</%def>
<%def name="gru_block(f, b, own, past)">
${cell.sums(f, own, past, "scratch" if f.op.narrow else "h")}\
${f.over_units(b, capture(gru_unit, f, b, own, past))}
</%def>
<%def name="lstm_unit(f, b, seen_by)">
<%
    op, h = f.op, f.op.formats[0].dtype
    keep, new, shift = op.bits
    c = f.value(f"c[{b.unit}]", "int16")
    seen = f.shifted(f.value("cell"), shift)
%>\
const int32_t to_i = ${seen_by["i"]};
const int32_t to_candidate = ${seen_by["c"]};
const int32_t new = ${product(f, f.unit(op.gate, f.value("to_i")), f.unit(op.candidate, f.value("to_candidate")), new)};
const int32_t to_forget = ${seen_by["f"]};
const int32_t keep = ${product(f, f.unit(op.gate, f.value("to_forget")), c, keep)};
const int32_t cell = ${f.saturated(f.value("keep") + f.value("new"), "int16")};
${c} = (int16_t)cell;
const int32_t argument = ${f.saturated(seen, "int16") if shift < 0 else seen};
const int32_t to_o = ${seen_by["o"]};
const int32_t out = ${product(f, f.unit(op.gate, f.value("to_o")), f.unit(op.output, f.value("argument")), op.last)};
y[${b.unit}] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("out")), h), h)};
</%def>
<%def name="gru_unit(f, b, own, past)">
<%
    op, seen_by = f.op, arguments(f, b, own, past)
    shift, down = op.bits
    rest = (1 << shift) - f.value("z")
    if not op.gate.positive:
        rest = f.clamped(rest, -65535, 65535)
    candidate = f.shifted(f.unit(op.candidate, f.value("argument")), down)
    candidate = f.saturated(candidate, "int16") if down < 0 else candidate
    h = f.value(f"h[{b.unit}]", "int16")
    at = row(f, b, "h")
%>\
const int32_t to_reset = ${seen_by["r"]};
const int32_t inner = ${f.saturated(past.result("past", at, 2), "int16")};
const int32_t sum = ${own.result("now", at, 2)}
                  + ${product(f, f.unit(op.gate, f.value("to_reset")), f.value("inner"), shift)};
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t candidate = ${candidate};
const int32_t to_z = ${seen_by["z"]};
const int32_t z = ${f.unit(op.gate, f.value("to_z"))};
const int32_t rest = ${rest};
const int32_t value = ${product(f, f.value("z"), h, shift) + f.shifted(f.value("rest") * f.value("candidate"), shift)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};
</%def>
