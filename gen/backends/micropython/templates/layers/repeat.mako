<%doc>One frame, several times. Needs: f, the function being written.</%doc>\
<% frame = f.size_in(0) %>\
<%write:calling>
for k in range(${f.outs[0][0]}):
    ${f.moved("copy", f.dtypes_in[0])}(x, x_at, y, y_at + k * ${frame}, ${frame})
</%write:calling>
