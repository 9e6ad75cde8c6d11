<%doc>A product of inputs, with broadcasting. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, out, y = f.op, f.outs[0], f.dtypes_out[0]
    names = [f"x{n}" for n in range(len(f.ins))]
    body = []
    for n, (name, dtype, source) in enumerate(zip(names, f.dtypes_in, op.sources)):
        to = "u" if n else "v"
        body += [f"{to} = {f.at(name, f.broadcast(f.ins[n], out), dtype)}", *f.less(to, source.zero)]
        body += ["v *= u"] if n else []
        body += [*f.shift("v", op.shifts[n - 1]), *f.saturate("v", "int16")] if 0 < n < len(names) - 1 else []
    body += [*f.rescale(op.gain, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
${f.head({**dict(zip(names, f.dtypes_in)), "y": y})}
    """y = product of ${len(names)} inputs."""
${f.start(body)}\
    for k in range(${f.size(out)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
