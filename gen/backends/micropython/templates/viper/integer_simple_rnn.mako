<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, h = f.op, f.op.formats[0].dtype
    own = f.product("kernel", "own", op.own, f.padded(op.own, op.past))
    past = f.product("recurrent", "past", op.past, own.to + own.size)
    body = ["# h", *f.gate(own, past, 0), *f.unit(op.activation, "v"), *f.rescale(op.narrow, "v"), *f.saturate("v", h)]
    body += [f"{f.put('h', 'k')} = v", f"{f.put('y', 'k')} = v"]
    finish = f.part("finish", {"h": h, "y": h}, body, (own, past))
%>\
${finish.head}
${finish.start}\
    for k in range(${op.units}):
${f.indented([*body, *f.advance(own, past)], 8)}


def _${f.name}(x, x_at, h, h_at, y, y_at, z):
    """h = a(W x + U h + b) with a = ${op.activation.function}; ${op.inputs} -> ${op.units}."""
    ${f.widen("x", f.dtypes_in[0], op.inputs)}
${f.indented(own.lines, 4)}
    ${f.widen("h", h, op.units)}
${f.indented([*past.lines, finish.call], 4)}
</%def>
