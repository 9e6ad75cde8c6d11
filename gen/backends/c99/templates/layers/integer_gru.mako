<%doc>GRU in integers, one time step, in both of Keras's forms. Needs: f, the function being written.</%doc>\
<%namespace name="after" file="integer_gru_reset_after.mako"/>\
<%namespace name="before" file="integer_gru_reset_before.mako"/>\
<%def name="define(f)">\
${(after if f.op.reset_after else before).define(f)}\
</%def>
<%def name="narrowed(f)">\
<% op, seen = f.op, f.op.narrowed.dtype %>\
<% at_once = op.narrow and seen == "int8" and f.narrow("scratch", "h", f.up + "_UNITS", op.narrow) %>\
% if at_once:
    ${at_once}
% elif op.narrow:
    for (int k = 0; k < ${f.up}_UNITS; k++) {
        scratch[k] = ${f.stored(f.saturated(f.scaled(op.narrow, f.value("h[k]", "int16")), seen), seen)};
    }
% endif
</%def>
<%def name="gate(f, own, past, row, part)">
<% gate = f.value(f"gate[{row}]") %>\
${f.joined(gate, own.result("now", row, part), past.result("past", row, part))}
% if not f.op.gate.identity:
${gate} = ${f.unit(f.op.gate, gate)};
% endif
</%def>
<%def name="state(f, b, z)">
<%
    op = f.op
    product, down = op.bits
    one = 1 << product
    rest = one - f.value("z")
    if not op.gate.positive:
        rest = f.clamped(rest, -65535, 65535)
    candidate = f.shifted(f.unit(op.candidate, f.value("argument")), down)
    candidate = f.saturated(candidate, "int16") if down < 0 else candidate
    h = f.value(f"h[{b.unit}]", "int16")
%>\
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t candidate = ${candidate};
const int32_t z = ${z};
const int32_t rest = ${rest};
const int32_t value = ${f.shifted(f.value("z") * h, product) + f.shifted(f.value("rest") * f.value("candidate"), product)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};
</%def>
