<%doc>PReLU in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    below = f.pointed("B", "below", op.below)
    index = f.broadcast(op.below.shape, f.ins[0])
    body = [f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero), "if v >= 0:", f"    v *= {op.above}", "else:"]
    body += [f"    m = {f.load(f'{below}[{index}]', 'int16')}", "    v *= m"]
    body += [*f.shift("v", op.post), *f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
${f.head({"x": x, "y": y})}
    """y = x where x >= 0, alpha x below."""
${f.start(body)}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
