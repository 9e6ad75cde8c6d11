<%doc>Fixed scaling by channel, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    m, n, add = f.pointed("M", "multipliers", op.m), f.pointed("S", "shifts", op.post), f.pointed("A", "offsets", op.add)
    body = [f"at = {f.broadcast(op.m.shape, f.ins[0])}", f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero)]
    body += [f"m = {f.load(m + '[at]', 'int16')}", "v *= m", f"m = {n}[at]", "v = (v + ((1 << m) >> 1)) >> m"]
    body += [f"m = {f.load(add + '[at]', 'int32')}", "v += m", *f.saturate("v", y)]
%>\
${f.head({"x": x, "y": y})}
    """y = (x - center) scale + offset."""
${f.start(body)}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
