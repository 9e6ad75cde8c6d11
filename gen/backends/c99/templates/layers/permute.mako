<%doc>Axes in another order. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    order, shape, out = f.op.order, f.ins[0], f.outs[0]
    steps = [f.size(shape[axis + 1:]) for axis in order]
    inner = [f.size(out[k + 1:]) for k in range(len(out))]
    terms = [f"k / {inner[i]} % {out[i]} * {steps[i]}" for i in range(len(out))]
%>\
/* (${', '.join(map(str, shape))}) -> (${', '.join(map(str, out))}) */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size(out)}; k++) {
        y[k] = x[${' + '.join(terms)}];
    }
}
</%def>
