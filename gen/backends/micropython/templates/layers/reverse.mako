<%doc>A sequence from its end. Needs: f, the function being written.</%doc>\
<% steps, frame = f.ins[0][0], f.size(f.ins[0][1:]) %>\
<%write:calling>
for k in range(${steps}):
    ${f.moved("copy", f.dtypes_in[0])}(x, x_at + (${steps - 1} - k) * ${frame}, y, y_at + k * ${frame}, ${frame})
</%write:calling>
