<%
    kernel = f.product("kernel", op.own, f.padded(op.own))
    formula = f"a(W x + b) with a = {op.activation.function}" if op.activation else "W x + b"
%>\
<%write:matrices doc="${f'y = {formula}, {op.inputs} -> {op.units}.'}" products="${[kernel]}" tensors="${{'y': f.dtypes_out[0]}}">
${fixed.sum(kernel, 0, "v")}
${fixed.activated(op)}
</%write:matrices>
