<%doc>One half of the first core axis times the sigmoid of the other, in integers. Needs: f.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n, half = f.ins[0][0] // 2, f.size_in(0) // 2
    inner = half // n
    a, b = (f.value(x, f.dtypes_in[0]) - op.source.zero for x in ("x[k]", f"x[k + {half}]"))
    gate = f.call("gate_sigmoid", f.saturated(f.scaled(op.enter, b), "int16"))
%>\
/* y = a sigmoid(b): a the first half of the values, b the second */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${half}; k++) {
        const int32_t gate = ${gate};
        const int32_t product = ${a * f.value("gate")};
        y[k] = ${f.stored(f.saturated(f.scaled(op.leave, f.value("product")) + op.result.zero, y), y)};
    }
}
</%def>
