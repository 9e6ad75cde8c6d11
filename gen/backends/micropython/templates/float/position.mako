<%doc>The place of the largest or of the least value. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
def _${f.name}(x, i, y, o):
    """y = where the ${"largest" if f.op.largest else "least"} value is, the first of them."""
    found = i
    for k in range(i + 1, i + ${f.size_in(0)}):
        if x[k] ${">" if f.op.largest else "<"} x[found]:
            found = k
    y[o] = found - i
</%def>
