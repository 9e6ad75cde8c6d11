<%write:each doc="y = the value of the key that x is.">
v = ${f.at("x", "k")}
p = ${f.number(op.other)}
for b in range(${len(op.keys)}):
    u = ${f.entry("K", "keys", op.keys, "b")}
    if v == u:
        p = ${f.entry("V", "values", op.values, "b")}
${f.put("y", "k")} = p
</%write:each>
