<%
    two, n, dtype = op.other is None, f.size_in(1), f.dtypes_in[1]
    copy = f.moved("copy", dtype)
    constant = "other" if two else f.number(op.other)
%>\
<%write:calling doc="${f'y = x if the mask keeps the step, else {constant}.'}"
    arguments="${['mask', 'x', *(['other'] if two else []), 'y']}">
if mask[mask_at] > 0:
    ${copy}(x, x_at, y, y_at, ${n})
else:
    ${f"{copy}(other, other_at, y, y_at, {n})" if two else f"{f.moved('fill', dtype)}(y, y_at, {n}, {constant})"}
</%write:calling>
