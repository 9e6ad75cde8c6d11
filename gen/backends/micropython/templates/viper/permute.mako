<%doc>Axes in another order. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    order, shape, out = f.op.order, f.ins[0], f.outs[0]
    steps = [f.size(shape[axis + 1:]) for axis in order]
    inner = [f.size(out[k + 1:]) for k in range(len(out))]
    terms = [f"k // {inner[n]} % {out[n]} * {steps[n]}" for n in range(len(out))]
%>\
${f.head({"x": f.dtypes_in[0], "y": f.dtypes_out[0]})}
    """(${', '.join(map(str, shape))}) -> (${', '.join(map(str, out))})."""
${f.start([])}\
    for k in range(${f.size(out)}):
        ${f.put('y', 'k')} = ${f.put('x', ' + '.join(terms))}
</%def>
