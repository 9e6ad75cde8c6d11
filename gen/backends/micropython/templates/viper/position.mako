<%doc>The place of the largest or of the least value. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    x = f.dtypes_in[0]
    body = [f"v = {f.at('x', 'k', x)}", f"if k == 0 or v {'>' if f.op.largest else '<'} q:", "    q = v", "    p = k"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0]})}
    """y = where the ${"largest" if f.op.largest else "least"} value is, the first of them."""
${f.start(body)}\
    p = 0
    q = 0
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
    ${f.put('y', '0')} = p
</%def>
