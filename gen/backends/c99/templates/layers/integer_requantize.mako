<%doc>Integers in another format. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    gain = f.scaled(op.gain, f.less_zero("x[k]", op.source))
%>\
/* y = ${f"{op.source.scale / op.result.scale:.6g}"} x${', from zero point %d to %d' % (op.source.zero, op.result.zero) if op.source.zero or op.result.zero else ''} */
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        y[k] = ${f.stored(f.saturated(f.plus_zero(gain, op.result), y), y)};
    }
}
</%def>
