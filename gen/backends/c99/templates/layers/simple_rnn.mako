<% op, (h,) = f.op, f.state_types; b, kernel, recurrent = f.gated(1) %>\
${f.sizes(op.inputs, op.units, b)}

/* ${f.layout_comment("unit", kernel, recurrent)} */
${kernel.definition}
${recurrent.definition}
/* h = a(W x + U h + b) with a = ${f.function_of("h")}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h} *h, ${h} *y)
{
${f.over_blocks(b, capture(block, f, b, kernel, recurrent))}
${f.keep()}
}
<%def name="block(f, b, kernel, recurrent)">
${cell.begun(f, b, kernel, recurrent)}\
${f.over_units(b, capture(unit, f, b, kernel, recurrent))}
</%def>
<%def name="unit(f, b, kernel, recurrent)">
<% row = "0" if b.units == 1 else "j" %>\
% if f.integer:
<% op, h = f.op, f.op.formats[0].dtype %>\
const int32_t sum = ${kernel.result("now", row)}
                  + ${recurrent.result("past", row)};
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
${frame.out(f"y[{b.unit}]", f.scaled(op.narrow, f.unit(op.activation, f.value("argument"))), h)}\
% else:
y[${b.unit}] = ${f.act(f.op.activation, f"gate[{row}]")};
% endif
</%def>
