<%doc>Values in bins. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.bounds) %>\
def _${f.name}(x, i, y, o):
    """y = how many of ${n} bounds x reaches."""
    bounds = ${f.unpacked(f.weight("bounds", f.op.bounds), n)}
    for k in range(${f.size_in(0)}):
        found = 0
        for bound in bounds:
            if x[i + k] >= bound:
                found += 1
        y[o + k] = found
</%def>
