<% (rows, width) = op.table.shape; stored, packed = op.stored_table, op.grouped and op.grouped.storage %>\
<%write:function doc="y = the row of index x; an index beyond the table reads the nearest row.">
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
% if not packed:
    e = ${f.load(f"{table}[v + k]", op.table.dtype.name)}
    ${f.put("y", "k")} = e * ${op.factor}
% else:
<% group, many = packed.group, 8 // packed.bits %>\
    s = v + k // ${group} * ${1 + group // many}
    e = ${table}[s + 1 + k % ${group} // ${many}] >> ${packed.bits} * (k % ${many})
    s = ${table}[s]
    ${"s -= (s & 128) << 1" if packed.multiples.min() < 0 else ""}
    ${f.put("y", "k")} = ((e & ${(1 << packed.bits) - 1}) - ${packed.offset}) * s${f" * {op.factor}" if op.factor > 1 else ""}
% endif
</%write:function>
