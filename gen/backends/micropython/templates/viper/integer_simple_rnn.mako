<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%
    op, h = f.op, f.op.formats[0].dtype
    own = f.product("kernel", "own", op.own, f.padded(op.own, op.past))
    past = f.product("recurrent", "past", op.past, own.to + own.size)
%>\
<%write:part name="finish" tensors="${{'h': h, 'y': h}}" products="${[own, past]}">
for k in range(${op.units}):
    # h
    ${fixed.gate(own, past, 0, op.activation)}
    ${fixed.rescale(op.narrow, "v")}
    ${fixed.saturate("v", h)}
    ${f.put("h", "k")} = v
    ${f.put("y", "k")} = v
    ${fixed.advance(own, past)}
</%write:part>\
<%write:calling doc="${f'h = a(W x + U h + b) with a = {op.activation.function}; {op.inputs} -> {op.units}.'}"
    arguments="${('x', 'h', 'y')}">
${fixed.multiply(own, past, h)}
${f.call("finish")}
</%write:calling>
