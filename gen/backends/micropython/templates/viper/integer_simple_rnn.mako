<%doc>SimpleRNN in integers, one time step. Needs: f, the function being written.</%doc>\
<%
    op, h = f.op, f.op.formats[0].dtype
    kernel = f.product("kernel", op.own, f.padded(op.own, op.past))
    recurrent = f.product("recurrent", op.past, kernel.to + kernel.size)
%>\
<%write:part name="finish" tensors="${{'h': h, 'y': h}}" products="${[kernel, recurrent]}">
for k in range(${op.units}):
    # h
    ${fixed.gate(kernel, recurrent, 0, op.activation)}
    ${fixed.rescale(op.narrow, "v")}
    ${fixed.saturate("v", h)}
    ${f.put("h", "k")} = v
    ${f.put("y", "k")} = v
    ${fixed.advance(kernel, recurrent)}
</%write:part>\
<%write:calling doc="${f'h = a(W x + U h + b) with a = {op.activation.function}; {op.inputs} -> {op.units}.'}"
    arguments="${('x', 'h', 'y')}">
${fixed.multiply(kernel, recurrent, h)}
${f.call("finish")}
</%write:calling>
