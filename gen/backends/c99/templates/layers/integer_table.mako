${f.constant_table("table", f.op.table, f.dtypes_out[0])}
<%frame:each note="${f'y = {f.op.function}, value by value'}">
y[k] = ${f.name}_table[x[k] + 128];
</%frame:each>
