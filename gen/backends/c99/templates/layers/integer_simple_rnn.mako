<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 1)
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_BLOCKS = ${b.count} };

/* ${f.lies(b, "unit")} */
${own.definition}
${past.definition}
/* h = a(W x + U h + b) with a = ${op.activation.function}. */
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h}_t *h, ${h}_t *y)
{
    for (int block = 0; block < ${f.up}_BLOCKS; block++) {
        const int first = block * ${b.units};
        ${own.sums} now[${b.rows}];
        ${past.sums} past[${b.rows}];
        ${own.start("now", "        ")}
        ${past.start("past", "        ")}
        ${own.gemv}(now, ${own.name}_weights[block], x, ${f.up}_INPUTS);
        ${past.gemv}(past, ${past.name}_weights[block], h, ${f.up}_UNITS);
% if b.padded:
        const int units = ${f.up}_UNITS - first < ${b.units} ? ${f.up}_UNITS - first : ${b.units};
        for (int j = 0; j < units; j++) {
% else:
        for (int j = 0; j < ${b.units}; j++) {
% endif
            const int32_t sum = ${own.result("now", "j")}
                              + ${past.result("past", "j")};
            const int32_t argument = ${f.saturated("sum", "int16")};
            const int32_t value = ${f.scaled(op.narrow, f.unit(op.activation, "argument"))};
            y[first + j] = ${f.stored(f.saturated("value", h), h)};
        }
    }
    memcpy(h, y, ${f.up}_UNITS * sizeof *h);
}
</%def>
