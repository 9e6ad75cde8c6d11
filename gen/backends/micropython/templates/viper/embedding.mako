<%doc>One row of a table. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x = f.op, f.dtypes_in[0]
    rows, width = op.table.shape
    table = f.pointed("F", "table", op.table)
    body = [f"v = {f.at('x', '0', x)}", *f.clip("v", 0, rows - 1), f"v *= {width}"]
    value = [f"e = {f.load(f'{table}[v + k]', op.table.dtype.name)}", f"{f.put('y', 'k')} = e * {op.factor}"]
%>\
${f.head({"x": x, "y": f.dtypes_out[0], **({"mask": f.dtypes_out[1]} if op.mask_zero else {})})}
    """y = the row of index x; an index beyond the table takes its nearest row."""
${f.start(body)}\
% if op.mask_zero:
    ${f.put('mask', '0')} = 1
    if ${f.put('x', '0')} == 0:
        ${f.put('mask', '0')} = 0
% endif
${f.indented(body, 4)}
    for k in range(${width}):
${f.indented(value, 8)}
</%def>
