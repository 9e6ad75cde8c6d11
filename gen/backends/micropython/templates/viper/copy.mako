<%doc>A copy. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
def _${f.name}(x, x_at, y, y_at, z):
    ${f.moved("copy", f.dtypes_in[0])}(x, x_at, y, y_at, ${f.size_in(0)})
</%def>
