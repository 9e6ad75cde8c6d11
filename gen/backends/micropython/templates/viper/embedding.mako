<%doc>One row of a table, in integers. Needs: f, the function being written.</%doc>\
<%
    op, (rows, width) = f.op, f.op.table.shape
    stored = op.table if op.quarters is None else op.quarters
    types = {"x": f.dtypes_in[0], "y": f.dtypes_out[0], **({"mask": f.dtypes_out[1]} if op.mask_zero else {})}
%>\
<%write:function doc="y = the row of index x; an index beyond the table takes its nearest row." tensors="${types}">
<% table = f.pointed("F", "table", stored) %>\
% if op.mask_zero:
${f.put("mask", "0")} = 1
if ${f.put("x", "0")} == 0:
    ${f.put("mask", "0")} = 0
% endif
v = ${f.at("x", "0")}
${fixed.clip("v", 0, rows - 1)}
v *= ${stored.shape[1]}
for k in range(${width}):
% if op.quarters is None:
    e = ${f.load(f"{table}[v + k]", op.table.dtype.name)}
    ${f.put("y", "k")} = e * ${op.factor}
% else:
    s = v + (k >> 5) * 17
    e = ${table}[s + 1 + ((k & 31) >> 1)] >> ((k & 1) << 2)
    ${f.put("y", "k")} = ((e & 15) - 8) * ${table}[s]${f" * {op.factor}" if op.factor > 1 else ""}
% endif
</%write:function>
