<%doc>Integers in another format. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    body = [f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero), *f.rescale(op.gain, "v")]
    body += f.plus("v", op.result.zero) + f.saturate("v", y)
%>\
${f.head({"x": x, "y": y})}
    """y = ${f"{op.source.scale / op.result.scale:.6g}"} x, in another format."""
${f.start(body)}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
