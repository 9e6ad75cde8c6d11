<%doc>GLU in integers: halves of the first core axis. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.size(f.outs[0])
    body = [f"v = {f.at('x', f'{n} + k', x)}", *f.less("v", op.source.zero), *f.rescale(op.enter, "v")]
    body += [*f.saturate("v", "int16"), *f.sigmoid("v"), f"u = {f.at('x', 'k', x)}", *f.less("u", op.source.zero)]
    body += ["v *= u", *f.rescale(op.leave, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
${f.head({"x": x, "y": y})}
    """y = the first half times the sigmoid of the second."""
${f.start(body)}\
    for k in range(${n}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
