<%doc>One row of a table. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x = f.op, f.dtypes_in[0]
    rows, width = op.table.shape
    quarters = op.quarters
    stored = op.table if quarters is None else quarters
    table = f.pointed("F", "table", stored)
    body = [f"v = {f.at('x', '0', x)}", *f.clip("v", 0, rows - 1), f"v *= {stored.shape[1]}"]
    if quarters is not None:
        value = ["s = v + (k >> 5) * 17", f"e = {table}[s + 1 + ((k & 31) >> 1)] >> ((k & 1) << 2)"]
        value += [f"{f.put('y', 'k')} = ((e & 15) - 8) * {table}[s]{f' * {op.factor}' if op.factor > 1 else ''}"]
    else:
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
