<%
    h = op.formats[0].dtype
    kernel = f.product("kernel", op.own, f.padded(op.own, op.past))
    recurrent = f.product("recurrent", op.past, kernel.to + kernel.size)
%>\
<%write:matrices doc="${f'h = a(W x + U h + b) with a = {op.activation.function}; {op.inputs} -> {op.units}.'}"
    products="${[kernel, recurrent]}" tensors="${{'h': h, 'y': h}}">
# h
${fixed.gate(kernel, recurrent, 0, op.activation)}
${fixed.remember(op.narrow, h)}
</%write:matrices>
