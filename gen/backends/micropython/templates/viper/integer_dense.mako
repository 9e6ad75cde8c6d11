<%doc>Dense in integers, on one vector. Needs: f, the function being written.</%doc>\
<%
    op = f.op
    own = f.product("kernel", "own", op.own, f.padded(op.own))
    formula = f"a(W x + b) with a = {op.activation.function}" if op.activation else "W x + b"
%>\
<%write:part name="finish" tensors="${{'y': f.dtypes_out[0]}}" products="${[own]}">
for k in range(${op.units}):
    ${fixed.sum(own, 0, "v")}
    ${fixed.activated(op)}
    ${fixed.advance(own)}
</%write:part>\
<%write:calling doc="${f'y = {formula}, {op.inputs} -> {op.units}.'}">
${fixed.multiply(own)}
${f.call("finish")}
</%write:calling>
