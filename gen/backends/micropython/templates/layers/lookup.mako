<%doc>Numbers by a table of keys.</%doc>\
<%write:each doc="y = the value of the key that x is.">
v = ${f.at("x", "k")}
p = ${f.number(f.op.other)}
for b in range(${len(f.op.keys)}):
    u = ${f.entry("K", "keys", f.op.keys, "b")}
    if v == u:
        p = ${f.entry("V", "values", f.op.values, "b")}
${f.put("y", "k")} = p
</%write:each>
