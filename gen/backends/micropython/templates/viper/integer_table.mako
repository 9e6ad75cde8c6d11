<%write:each doc="${f'y = {op.function}, value by value.'}">
v = ${f.at("x", "k")}
${f.put("y", "k")} = ${f.pointed("F", "table", op.table)}[v + 128]
</%write:each>
