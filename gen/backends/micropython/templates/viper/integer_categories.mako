<%doc>Indices of categories as a vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x = f.op, f.dtypes_in[0]
    body = [f"v = {f.at('x', 'k', x)}", f"if v >= 0 and v < {op.depth}:"]
    body += [f"    {f.put('y', 'v')} {'+=' if op.counts else '='} 1"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0]})}
    """y[c] = ${"how many of the numbers are c" if op.counts else "1 where a number is c"}."""
${f.start(body)}\
    for k in range(${op.depth}):
        ${f.put('y', 'k')} = 0
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
</%def>
