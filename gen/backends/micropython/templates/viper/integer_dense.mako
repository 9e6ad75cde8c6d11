<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    own = f.product("kernel", "own", op.own, f.padded(op.own))
    body = f.sum(own, 0, "v")
    if op.activation is not None:
        body += f.saturate("v", "int16") + f.unit(op.activation, "v") + f.rescale(op.narrow, "v")
    whole = (op.low, op.high) == (op.result.low, op.result.high)
    body += f.plus("v", op.result.zero) + (f.saturate("v", y) if whole else f.clip("v", op.low, op.high))
    body += [f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"y": y}, body, (own,))
%>\
${finish.head}
${finish.start}\
    for k in range(${op.units}):
${f.indented([*body, *f.advance(own)], 8)}


def _${f.name}(x, x_at, y, y_at, z):
    """y = ${f"a(W x + b) with a = {op.activation.function}" if op.activation else "W x + b"}, ${op.inputs} -> ${op.units}."""
    ${f.widen("x", x, op.inputs)}
${f.indented([*own.lines, finish.call], 4)}
</%def>
