<%doc>A function of int16 values. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    body = [f"v = {f.at('x', 'k', x)}", *f.rescale(op.enter, "v"), *(f.saturate("v", "int16") if op.enter else [])]
    body += [*f.unit(op.activation, "v"), *f.rescale(op.leave, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
${f.head({"x": x, "y": y})}
    """y = ${op.activation.function}, value by value."""
${f.start(body)}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v
</%def>
