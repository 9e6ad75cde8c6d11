<%doc>A function of int16 values. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    x = f.value("x[k]", f.dtypes_in[0])
    entered = x if op.enter is None else f.saturated(f.scaled(op.enter, x), "int16")
    left = f.scaled(op.leave, f.unit(op.activation, f.value("argument"))) + op.result.zero
%>\
/* y = ${op.activation.function}, value by value */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const int32_t argument = ${entered};
        y[k] = ${f.stored(f.saturated(left, y), y)};
    }
}
</%def>
