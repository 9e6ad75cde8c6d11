<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, h = f.op, f.op.formats[0].dtype
    first = f.padded(max(op.inputs, op.units))
    own, past = f.product("kernel", op.own, first, False), f.product("recurrent", op.past, first, True)
    body = [*f.result("v", f"{first} + k"), *f.saturate("v", "int16"), *f.unit(op.activation, "v")]
    body += f.rescale(op.narrow, "v") + f.saturate("v", h)
%>\
${f.head("finish", {"h": h, "y": h}, ("v", "q"))}
${f.start(body)}\
    for k in range(${op.units}):
${f.indented(body, 8)}
        ${f.put('h', 'k')} = v
        ${f.put('y', 'k')} = v


def _${f.name}(x, x_at, h, h_at, y, y_at, z):
    """h = a(W x + U h + b) with a = ${op.activation.function}; ${op.inputs} -> ${op.units}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
    ${own}
    ${f.widen("h", h, op.units)}
    ${past}
    _${f.name}_finish(0, 0, h, h_at, y, y_at, z)
</%def>
