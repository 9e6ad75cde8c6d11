<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    x, y = f.dtypes_in[0], f.dtypes_out[0]
    b = f.blocks(op.units, 1)
    p = f.part("kernel", op.own, x, b)
    row = p.result("sum", "j")
    if op.activation is None:
        value = f.plus_zero(row, op.result)
    else:
        value = f.plus_zero(f.scaled(op.narrow, f.unit(op.activation, f.saturated(row, "int16"))), op.result)
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.lies(b, "unit")} */
${p.definition}
/* y = ${f'a(W x + b) with a = {op.activation.function}' if op.activation else 'W x + b'}${'' if (op.low, op.high) == (op.result.low, op.result.high) else f', from {op.low} to {op.high}'}. */
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${b.units};
        ${p.sums} sum[${b.rows}];
        ${p.start("sum", "        ")}
        ${p.gemv}(sum, ${p.name}_weights[block], x, ${f.up}_INPUTS);
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${b.units} ? ${f.up}_UNITS - first : ${b.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${b.units}; j++) {
% endif
            const int32_t value = ${value};
            y[first + j] = ${f.stored(f.bounded("value", op.low, op.high, y), y)};
        }
    }
}
</%def>
