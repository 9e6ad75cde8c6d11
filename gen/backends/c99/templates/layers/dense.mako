<%
    op = f.op
    b = f.blocks(op.units, 1, f.matrix(op.own, f.dtypes_in[0]) if f.integer else f.ask(op.kernel))
    p = f.part("kernel", op.own, f.dtypes_in[0], b) if f.integer else f.weights("kernel", op.kernel, b, "INPUTS", op.bias)
    pairs = f.integer and p.pair
    bounded = f.integer and (op.low, op.high) != (op.result.low, op.result.high)
%>\
${f.sizes(op.inputs, op.units, b)}

/* ${f.layout_comment("unit", p)} */
${p.definition}
/* y = ${f"a(W x + b) with a = {op.activation.function if f.integer else op.activation}" if op.activation else "W x + b"}${f", from {op.low} to {op.high}" if bounded else ""}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
${f.over_blocks(b, capture(block, f, b, p))}
}
% if "each" in f.forms:

/* The same at consecutive positions${", two at a time" if pairs else ""}. */
${f.noinline}static void ${f.name}_each(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, int32_t count)
{
% if pairs:
for (; count > 1; count -= 2, x += 2 * ${f.up}_INPUTS, y += 2 * ${f.up}_UNITS) {
${f.over_blocks(b, capture(two, f, b, p))}
}
% endif
${"if (count > 0)" if pairs else f"for (; count > 0; count--, x += {f.up}_INPUTS, y += {f.up}_UNITS)"} {
${f.name}_forward(x, y);
}
}
% endif
<%def name="two(f, b, p)">
<% rows, first = f.rows_left(b), "y" if b.count == 1 else "y + first" %>\
int32_t sums[2][${b.rows}];
${p.multiply_two("sums", "x")}
${f.to_bytes(p, "sums[0]", first, rows)}
${f.to_bytes(p, "sums[1]", f"{first} + {f.up}_UNITS", rows)}
</%def>
<%def name="block(f, b, p)">
% if f.integer:
${sums.begun(f, p)}\
${p.multiply("sum", "x", f"{f.up}_INPUTS")}
% else:
${f.begun("sum", p.bias, p, "x")}
% endif
<%
    first = "y" if b.count == 1 else f"y + {b.block}" if b.units == 1 else "y + first"
    at_once = f.to_bytes(p, "sum", first, f.rows_left(b)) if f.integer else ""
%>\
${at_once if at_once else f.over_units(b, capture(unit, f, b, p))}
</%def>
<%def name="unit(f, b, p)">
<% row = "0" if b.units == 1 else "j" %>\
${sums.put(f, f"y[{b.unit}]", p.result("sum", row) if f.integer else f"sum[{row}]")}\
</%def>
