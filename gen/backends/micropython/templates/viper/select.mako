<%doc>One of two by a mask. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    given, n, dtype = f.op.other is None, f.size_in(1), f.dtypes_in[1]
    copy, fill = f.moved("copy", dtype), f.moved("fill", dtype)
%>\
def _${f.name}(mask, mask_at, x, x_at, ${'other, other_at, ' if given else ''}y, y_at, z):
    """y = x where the mask keeps the step, else ${'other' if given else int(f.op.other)}."""
    if mask[mask_at] > 0:
        ${copy}(x, x_at, y, y_at, ${n})
    else:
% if given:
        ${copy}(other, other_at, y, y_at, ${n})
% else:
        ${fill}(y, y_at, ${n}, ${int(f.op.other)})
% endif
</%def>
