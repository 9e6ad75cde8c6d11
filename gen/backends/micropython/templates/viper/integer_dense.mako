<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    sums = f.product("kernel", op.own, first := f.padded(op.inputs), False)
    body = f.result("v", f"{first} + k")
    if op.activation is not None:
        body += f.saturate("v", "int16") + f.unit(op.activation, "v") + f.rescale(op.narrow, "v")
    body += f.plus("v", op.result.zero) + f.clip("v", op.low, op.high)
%>\
${f.head("finish", {"y": y}, ("v", "q"))}
${f.start(body)}\
    for k in range(${op.units}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = v


def _${f.name}(x, x_at, y, y_at, z):
    """y = ${f"a(W x + b) with a = {op.activation.function}" if op.activation else "W x + b"}, ${op.inputs} -> ${op.units}."""
    ${f.widen("x", x, op.inputs)}
    ${sums}
    _${f.name}_finish(0, 0, y, y_at, z)
</%def>
