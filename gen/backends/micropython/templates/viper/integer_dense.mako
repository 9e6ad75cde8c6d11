<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%
    op = f.op
    kernel = f.product("kernel", op.own, f.padded(op.own))
    formula = f"a(W x + b) with a = {op.activation.function}" if op.activation else "W x + b"
%>\
<%write:part name="finish" tensors="${{'y': f.dtypes_out[0]}}" products="${[kernel]}">
for k in range(${op.units}):
    ${fixed.sum(kernel, 0, "v")}
    ${fixed.activated(op)}
    ${fixed.advance(kernel)}
</%write:part>\
<%write:calling doc="${f'y = {formula}, {op.inputs} -> {op.units}.'}">
${fixed.multiply(kernel)}
${f.call("finish")}
</%write:calling>
