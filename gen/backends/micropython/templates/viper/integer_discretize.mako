<%doc>Integers in bins. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n, x = len(f.op.bounds), f.dtypes_in[0]
    bounds = f.pointed("B", "bounds", f.op.bounds)
    body = [f"v = {f.at('x', 'k', x)}", "p = 0"]
    inner = [f"u = {f.load(f'{bounds}[b]', 'int32')}", "if v >= u:", "    p += 1"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0]})}
    """y = how many of ${n} bounds x reaches."""
${f.start([*body, *inner])}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        for b in range(${n}):
${f.indented(inner, 12)}
        ${f.put('y', 'k')} = p
</%def>
