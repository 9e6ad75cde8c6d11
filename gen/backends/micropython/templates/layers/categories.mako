<%
    depth, counts = op.depth, op.counts
    what = "how many of the numbers are c" if counts else "1 where a number is c"
%>\
<%write:function doc="${f'y[c] = {what}; numbers without a category are ignored.'}">
for k in range(${depth}):
    ${f.put("y", "k")} = 0
for k in range(${f.size_in(0)}):
    v = ${f.at("x", "k")}
    if v > -1 and v < ${depth}:
        ${f.put("y", "int(v)")} ${"+=" if counts else "="} 1
</%write:function>
