<%doc>The largest or least of several inputs, with broadcasting. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    out, sign = f.outs[0], ">" if f.op.mode == "maximum" else "<"
    names = [f"x{n}" for n in range(len(f.ins))]
    body = []
    for n, (name, dtype) in enumerate(zip(names, f.dtypes_in)):
        to = "u" if n else "v"
        body += [f"{to} = {f.at(name, f.broadcast(f.ins[n], out), dtype)}"]
        body += [f"if u {sign} v:", "    v = u"] if n else []
%>\
${f.head({**dict(zip(names, f.dtypes_in)), "y": f.dtypes_out[0]})}
    """y = ${f.op.mode} of ${len(f.ins)} inputs."""
${f.start(body)}\
    for k in range(${f.size(out)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
