<%doc>A weighted sum of inputs, with broadcasting. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, out, y = f.op, f.outs[0], f.dtypes_out[0]
    names = [f"x{n}" for n in range(len(f.ins))]
    body = ["v = 0"]
    for n, (name, dtype, source, m) in enumerate(zip(names, f.dtypes_in, op.sources, op.m)):
        body += [f"u = {f.at(name, f.broadcast(f.ins[n], out), dtype)}", *f.less("u", source.zero), f"v += u * {m}"]
    body += [*f.shift("v", op.post), *f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
${f.head({**dict(zip(names, f.dtypes_in)), "y": y})}
    """y = sum of ${len(names)} inputs${', some subtracted' if min(op.m) < 0 else ''}."""
${f.start(body)}\
    for k in range(${f.size(out)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
