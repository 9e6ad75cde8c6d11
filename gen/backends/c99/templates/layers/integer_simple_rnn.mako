<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    h = op.formats[0].dtype
    b = f.blocks(op.units, 1, f.matrix(op.own, f.dtypes_in[0]))
    own = f.part("kernel", op.own, f.dtypes_in[0], b)
    past = f.part("recurrent", op.past, h, b)
%>\
${f.sizes(op.inputs, op.units, b)}

/* ${f.layout_comment("unit", own, past)} */
${own.definition}
${past.definition}
/* h = a(W x + U h + b) with a = ${op.activation.function}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${h}_t *h, ${h}_t *y)
{
${f.over_blocks(b, capture(block, f, b, own, past))}
${f.keep(op.formats[0].dtype)}
}
</%def>
<%def name="block(f, b, own, past)">
${own.sums} now[${b.rows}];
${past.sums} past[${b.rows}];
${f.start(now=own, past=past)}
${own.multiply("now", "x", f"{f.up}_INPUTS")}
${past.multiply("past", "h", f"{f.up}_UNITS")}
${f.over_units(b, capture(unit, f, b, own, past))}
</%def>
<%def name="unit(f, b, own, past)">
<%
    op, h = f.op, f.op.formats[0].dtype
    row = "0" if b.units == 1 else "j"
%>\
const int32_t sum = ${own.result("now", row)}
                  + ${past.result("past", row)};
const int32_t argument = ${f.saturated(f.value("sum"), "int16")};
const int32_t value = ${f.scaled(op.narrow, f.unit(op.activation, f.value("argument")))};
y[${b.unit}] = ${f.stored(f.saturated(f.value("value"), h), h)};
</%def>
