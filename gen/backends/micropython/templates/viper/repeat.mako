<%doc>One frame, several times. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
def _${f.name}(x, x_at, y, y_at, z):
    for k in range(${f.outs[0][0]}):
        ${f.moved("copy", f.dtypes_in[0])}(x, x_at, y, y_at + k * ${f.size_in(0)}, ${f.size_in(0)})
</%def>
