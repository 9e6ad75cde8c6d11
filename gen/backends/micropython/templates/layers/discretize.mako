<% n = len(op.bounds) %>\
<%write:each doc="${f'y = how many of {n} bounds x reaches.'}">
v = ${f.at("x", "k")}
p = 0
for b in range(${n}):
    u = ${f.entry("B", "bounds", op.bounds, "b")}
    if v >= u:
        p += 1
${f.put("y", "k")} = p
</%write:each>
