<%doc>A function of int8 values. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    table = f.pointed("F", "table", f.op.table)
    body = [f"v = {f.at('x', 'k', 'int8')}"]
%>\
${f.head({"x": "int8", "y": f.dtypes_out[0]})}
    """y = ${f.op.function}, value by value."""
${f.start(body)}\
    for k in range(${f.size_in(0)}):
${f.indented(body, 8)}
        ${f.put('y', 'k')} = ${table}[v + 128]
</%def>
