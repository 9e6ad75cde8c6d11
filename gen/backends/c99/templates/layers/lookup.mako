<%
    op, key = f.op, "x[k]" if f.integer else "key"
    other = int(op.other) if f.integer else f.literal(op.other)
    note = f"y = the value of the key that x is, {other} of any other"
    tables = [f.constant_table(name, values, "int32") + "\n" if f.integer else f.defined(name, values)
              for name, values in (("keys", op.keys), ("values", op.values))]
%>\
${"".join(tables)}${"" if f.integer else "\n"}\
<%call expr="frame.each(note)">
${"const float key = x[k];" if not f.integer else ""}
${"int32_t" if f.integer else "float"} value = ${other};
for (${f.index} n = 0; n < ${len(op.keys)}; n++) {
if (${f.name}_keys[n] == ${key}) {
value = ${f.name}_values[n];
}
}
y[k] = ${f"({f.types_out[0]})" if f.integer else ""}value;
</%call>
