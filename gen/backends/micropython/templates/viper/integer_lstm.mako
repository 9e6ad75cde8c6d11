<%
    h, u = op.formats[0].dtype, op.units
    kernel = f.product("kernel", op.own, f.padded(op.own, op.past), 4)
    recurrent = f.product("recurrent", op.past, kernel.to + kernel.size, 4)
    keep, new, argument = op.bits
    formula = f"r = {op.gate.function}, a = {op.candidate.function}; {op.inputs} -> {u}"
%>\
<%write:matrices doc="${f'i, f, o = r(W x + U h + b); c = f c + i a(.); h = o a(c); {formula}.'}"
    products="${[kernel, recurrent]}" tensors="${{'h': h, 'c': 'int16', 'y': h}}">
# f
${fixed.gate(kernel, recurrent, 1, op.gate)}
# f c
q = ${f.at("c", "k")}
${fixed.times("v", "q", keep)}
cell = v
# i
${fixed.gate(kernel, recurrent, 0, op.gate)}
i = v
# c~
${fixed.gate(kernel, recurrent, 2, op.candidate)}
# c = f c + i c~
${fixed.times("v", "i", new)}
v += cell
${fixed.saturate("v", "int16")}
${f.put("c", "k")} = v
# a(c)
${fixed.shift("v", argument)}
${fixed.saturate("v", "int16") if argument < 0 else ""}
${fixed.unit(op.output, "v")}
i = v
# o
${fixed.gate(kernel, recurrent, 3, op.gate)}
# h = o a(c)
${fixed.times("v", "i", op.last)}
${fixed.remember(op.narrow, h)}
</%write:matrices>
