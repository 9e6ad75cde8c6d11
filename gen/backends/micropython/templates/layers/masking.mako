<% n = f.size_in(0); value, fill = f.number(op.mask_value), f.number(op.fill) %>\
<%write:function doc="${f'A step whose values all equal {value} is masked and becomes {fill}.'}">
masked = ${f.exactly("center", op.mask_value)}
keep = 0
for k in range(${n}):
    v = ${f.at("x", "k")}
    if v != masked:
        keep = 1
${f.put("mask", "0")} = keep
for k in range(${n}):
    if keep:
        ${f.put("y", "k")} = ${f.put("x", "k")}
    else:
        ${f.put("y", "k")} = ${fill}
</%write:function>
