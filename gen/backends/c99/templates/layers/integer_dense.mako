<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    x, y = f.dtypes_in[0], f.dtypes_out[0]
    b = f.blocks(op.units, 1, f.matrix(op.own, x))
    p = f.part("kernel", op.own, x, b)
%>\
${f.sizes(op.inputs, op.units, b)}

/* ${f.layout_comment("unit", p)} */
${p.definition}
/* y = ${f'a(W x + b) with a = {op.activation.function}' if op.activation else 'W x + b'}${'' if (op.low, op.high) == (op.result.low, op.result.high) else f', from {op.low} to {op.high}'}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
${f.over_blocks(b, capture(block, f, b, p))}
}
% if "each" in f.forms:

/* The same at positions that follow each other, two at a time. */
${f.apart}static void ${f.name}_each(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, int32_t count)
{
    for (; count > 1; count -= 2, x += 2 * ${f.up}_INPUTS, y += 2 * ${f.up}_UNITS) {
${f.placed(f.over_blocks(b, capture(two, f, b, p)), "    ")}
    }
    if (count > 0) {
        ${f.name}_forward(x, y);
    }
}
% endif
</%def>
<%def name="two(f, b, p)">
<%
    left = f"{f.up}_UNITS - first"
    rows = f"{left} < {b.units} ? {left} : {b.units}" if b.padded and b.count > 1 else str(min(b.units, b.total))
    first = "y" if b.count == 1 else "y + first"
%>\
int32_t sums[2][${b.rows}];
${p.multiply_two("sums", "x")}
${f.to_bytes(p, "sums[0]", first, rows)}
${f.to_bytes(p, "sums[1]", f"{first} + {f.up}_UNITS", rows)}
</%def>
<%def name="block(f, b, p)">
${p.sums} sum[${b.rows}];
${f.start(sum=p)}
${p.multiply("sum", "x", f"{f.up}_INPUTS")}
<%
    left = f"{f.up}_UNITS - first"
    rows = f"{left} < {b.units} ? {left} : {b.units}" if b.padded and b.count > 1 else str(min(b.units, b.total))
    first = "y" if b.count == 1 else f"y + {b.block}" if b.units == 1 else "y + first"
    at_once = f.to_bytes(p, "sum", first, rows)
%>\
% if at_once:
${at_once}
% else:
${f.over_units(b, capture(unit, f, b, p))}
% endif
</%def>
<%def name="unit(f, b, p)">
<%
    op, y = f.op, f.dtypes_out[0]
    value = p.result("sum", "0" if b.units == 1 else "j")
    if op.activation is not None:
        value = f.scaled(op.narrow, f.unit(op.activation, f.saturated(value, "int16")))
%>\
const int32_t value = ${value + op.result.zero};
y[${b.unit}] = ${f.stored(f.bounded(f.value("value"), op.low, op.high, y), y)};
</%def>
