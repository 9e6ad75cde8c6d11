<%doc>Integers by a table of keys. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n, x = len(f.op.keys), f.dtypes_in[0]
    keys, values = f.pointed("K", "keys", f.op.keys), f.pointed("V", "values", f.op.values)
    body = [f"v = {f.at('x', 'k', x)}", f"p = {int(f.op.other)}"]
    inner = [f"u = {f.load(f'{keys}[b]', 'int32')}", "if v == u:", f"    p = {f.load(f'{values}[b]', 'int32')}"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0]})}
    """y = the value of the key that x is."""
${f.start([*body, *inner])}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        for b in range(${n}):
${f.indented(inner, 12)}
        ${f.put('y', 'k')} = p
</%def>
