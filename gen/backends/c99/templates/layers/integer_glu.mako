<%doc>One half of the first core axis times the sigmoid of the other, in integers. Needs: f.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n, half = f.ins[0][0] // 2, f.size_in(0) // 2
    inner = half // n
    f.primitive("gate_sigmoid")
    argument = f.saturated(f.scaled(op.enter, f.less_zero(f"x[k + {half}]", op.source)), "int16")
%>\
/* y = a sigmoid(b): a the first half of the values, b the second */
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${half}; k++) {
        const int32_t gate = gate_sigmoid(${argument});
        const int32_t product = ${f.less_zero("x[k]", op.source)} * gate;
        y[k] = ${f.stored(f.saturated(f.plus_zero(f.scaled(op.leave, "product"), op.result), y), y)};
    }
}
</%def>
