<%doc>A copy. Needs: f, the function being written.</%doc>\
<%write:calling>
${f.moved("copy", f.dtypes_in[0])}(x, x_at, y, y_at, ${f.size_in(0)})
</%write:calling>
