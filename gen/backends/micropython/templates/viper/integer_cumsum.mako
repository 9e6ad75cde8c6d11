<%doc>Sums of all values so far, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.ins[0][0]
    rest = f.size_in(0) // n
    body = [f"q = {f.at('x', 'k', x)}", *f.plus("q", -op.source.zero), "p += q", "v = p"]
    body += [*f.rescale(op.gain, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y), f"{f.put('y', 'k')} = v"]
    body += [f"k += {rest}"]
%>\
${f.head({"x": x, "y": y})}
    """y[k] = x[0] + ... + x[k] along the first axis."""
${f.start(body)}\
    for c in range(${rest}):
        p = 0
        k = c
        for t in range(${n}):
${f.indented(body, 12)}
</%def>
