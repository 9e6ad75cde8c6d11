<%doc>GRU with the reset before the recurrent kernel, one time step.</%doc>\
<%namespace name="gru" file="gru.mako"/>\
<%def name="define(f)">\
<%
    op, (h,) = f.op, f.state_types
    gates, kernel, recurrent = f.gated(2, slice(0, 2 * op.units))
    b, candidate, reset = f.gated(1, slice(2 * op.units, None), "candidate")
    narrow = f.integer and op.narrow
    scratch = "Scratch holds " + ("h in 8 bits, then " if narrow else "") + "reset h" if f.integer else "The candidate needs reset h of all units, kept in scratch"
%>\
${f.sizes(op.inputs, op.units, gates, b)}
${f.rows_of_gates(gates, "zr")}

${cell.tables(f, gates, "z r", kernel, recurrent)}\
/* ${f.layout_comment("h~ of each unit", candidate, reset)} */
${candidate.definition}
${reset.definition}
/* z = r(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
 * with r = ${f.function_of("z")}, a = ${f.function_of("h")}. ${scratch}; y holds z meanwhile. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h} *h, ${h} *y, ${op.narrowed.dtype + "_t" if f.integer else "float"} *scratch)
{
<% alone = gates.count == b.count == 1 %>\
${gru.narrowed(f) if narrow else ""}
${f.over_blocks(gates, capture(resets, f, gates, kernel, recurrent, narrow), scoped=alone)}
${f.over_blocks(b, capture(candidates, f, b, candidate, reset, narrow), scoped=alone)}
${f.keep()}
}
</%def>
<%def name="resets(f, b, kernel, recurrent, narrow)">
% if f.integer:
${cell.sums(f, kernel, recurrent, "scratch" if narrow else "h")}\
${cell.joined(f, b, kernel, recurrent, 2, f.op.gate)}\
% else:
${cell.arguments(f, b, kernel, recurrent)}\
${f.each(f.op.recurrent_activation, "gate", b, "zr")}
% endif
${f.over_units(b, capture(reset_h, f, b, narrow))}
</%def>
<%def name="reset_h(f, b, narrow)">
% if f.integer:
<%
    seen = f.op.narrowed.dtype
    reset = f.shifted(f.value(f.gate("gate", b, "r")) * f.value(f"h[{b.unit}]", "int16"), f.op.bits[0])
%>\
const int32_t reset = ${reset}; /* reset h */
y[${b.unit}] = (int16_t)${f.gate("gate", b, "z")};
scratch[${f"{f.up}_UNITS + " if narrow else ""}${b.unit}] = ${f.stored(f.saturated(f.scaled(f.op.narrow, f.value("reset")), seen), seen)};
% else:
y[${b.unit}] = ${f.gate("gate", b, "z")};
scratch[${b.unit}] = ${f.gate("gate", b, "r")} * h[${b.unit}];
% endif
</%def>
<%def name="candidates(f, b, kernel, recurrent, narrow)">
${cell.begun(f, b, kernel, recurrent, f"scratch + {f.up}_UNITS" if narrow else "scratch")}\
${f.over_units(b, capture(unit, f, b, kernel, recurrent))}
</%def>
<%def name="unit(f, b, kernel, recurrent)">
<% row = "0" if b.units == 1 else "j" %>\
% if f.integer:
const int32_t sum = ${kernel.result("now", row)}
                  + ${recurrent.result("past", row)};
% endif
${gru.state(f, b, f"y[{b.unit}]", "" if f.integer else f.act(f.op.activation, f"gate[{row}]"))}\
</%def>
