<%doc>One of two by a mask. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% given = f.op.other is None %>\
def _${f.name}(mask, m, x, i, ${'other, j, ' if given else ''}y, o):
    """y = x where the mask keeps the step, else ${'other' if given else f.literal(f.op.other)}."""
    keep = mask[m] > 0
    for k in range(${f.size_in(1)}):
        y[o + k] = x[i + k] if keep else ${'other[j + k]' if given else f.literal(f.op.other)}
</%def>
