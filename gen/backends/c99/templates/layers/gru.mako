<%doc>GRU, one time step: this form has the reset after the recurrent kernel. An instruction set with its own cell
gives the statements of a block, and those before all blocks.</%doc>\
<%namespace name="before" file="gru_reset_before.mako"/>\
${(after if f.op.reset_after else before.define)(f)}\
<%def name="after(f, inside=None, ahead=None)">\
<%
    op, (h,) = f.op, f.state_types
    b, kernel, recurrent = f.gated(3)
    narrow = f.integer and op.narrow
%>\
${f.sizes(op.inputs, op.units, b)}
${f.rows_of_gates(b, op.gates)}

${cell.tables(f, b, "z r h", kernel, recurrent)}\
/* z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
 * with r = ${f.function_of("z")}, a = ${f.function_of("h")}${". h keeps 16 bits" if f.integer else ""}${"; the matrix sees it in 8, in scratch" if narrow else ""}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h} *h, ${h} *y${f", {op.narrowed.dtype}_t *scratch" if narrow else ""})
{
${narrowed(f) if narrow else ""}
${ahead(f, kernel, recurrent, "scratch" if narrow else "h") if ahead else ""}\
${f.over_blocks(b, capture(inside or block, f, b, kernel, recurrent))}
${f.keep()}
}
</%def>
<%def name="narrowed(f)">\
<% op, seen = f.op, f.op.narrowed.dtype %>\
<% at_once = seen == "int8" and f.narrow("scratch", "h", f.up + "_UNITS", op.narrow) %>\
% if at_once:
${at_once}
% else:
<% narrow = f.stored(f.saturated(f.scaled(op.narrow, f.value("h[k]", "int16")), seen), seen) %>\
${over("int k", f"{f.up}_UNITS", f"scratch[k] = {narrow};")}
% endif
</%def>
<%def name="block(f, b, kernel, recurrent)">
${cell.sums(f, kernel, recurrent, "scratch" if f.integer and f.op.narrow else "h")}\
% if f.integer:
${cell.joined(f, b, kernel, recurrent, 2, f.op.gate)}\
% else:
for (int row = ${f.up}_Z; row < ${f.up}_Z + ${2 * b.units}; row++) { /* z, r */
const float sum = now[row] + past[row];
now[row] = ${f.act(f.op.recurrent_activation, "sum")};
}
${f.over_units(b, capture(candidate, f, b), filled=True)}
% endif
${f.over_units(b, capture(unit, f, b, kernel, recurrent))}
</%def>
<%def name="candidate(f, b)">
<% h = f.gate("now", b, "h") %>\
const float sum = ${h} + ${f.gate("now", b, "r")} * ${f.gate("past", b, "h")};
${h} = ${f.act(f.op.activation, "sum")}; /* h~ */
</%def>
<%def name="unit(f, b, kernel, recurrent)">
% if f.integer:
<% row, reset = f"{f.up}_H" if b.units == 1 else f"{f.up}_H + j", f.value(f.gate("gate", b, "r")) %>\
const int32_t inner = ${f.saturated(recurrent.result("past", row, 2), "int16")};
const int32_t sum = ${kernel.result("now", row, 2)}
                  + ${f.shifted(reset * f.value("inner"), f.op.bits[0])};
${state(f, b, f.gate("gate", b, "z"))}\
% else:
${state(f, b, f.gate("now", b, "z"), f.gate("now", b, "h"))}\
% endif
</%def>
<%def name="state(f, b, z, candidate='')">\
% if f.integer:
<%
    op = f.op
    product, down = op.bits
    rest = (1 << product) - f.value("z")
    candidate = f.shifted(f.unit(op.candidate, f.value("argument")), down)
    h = f.value(f"h[{b.unit}]", "int16")
%>\
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t candidate = ${f.saturated(candidate, "int16") if down < 0 else candidate};
const int32_t z = ${z};
const int32_t rest = ${rest if op.gate.positive else f.clamped(rest, -65535, 65535)};
const int32_t value = ${f.shifted(f.value("z") * h, product) + f.shifted(f.value("rest") * f.value("candidate"), product)};
y[${b.unit}] = (int16_t)${f.saturated(f.value("value"), "int16")};
% else:
const float z = ${z};
const float keep = z * h[${b.unit}];
y[${b.unit}] = keep + (1.0f - z) * ${candidate};
% endif
</%def>
