<%doc>A weighted sum of inputs, with broadcasting. A set with vectors gives the statements for the loop.</%doc>\
<%def name="define(f, vectors='')">\
<%
    op, out = f.op, f.outs[0]
    names = [f"x{i}" for i in range(len(f.ins))]
    inputs = zip(names, [f.broadcast(shape, out) for shape in f.ins], f.dtypes_in, op.sources, op.m)
    values = [(f.value(f"{x}[{view}]", dtype) - source.zero).wide() * m for x, view, dtype, source, m in inputs]
%>\
<%frame:whole note="y = sum of ${str(len(names))} inputs${', some subtracted' if min(op.m) < 0 else ''}" names="${names}">
<%call expr="rows.either(vectors)">
    for (${f.index} k = 0; k < ${f.size(out)}; k++) {
        int32_t sum = 0;
        ${[f"sum += {value};" for value in values]}
${frame.out("y[k]", f.shifted(f.value("sum"), op.post) + op.result.zero)}\
    }
</%call>
</%frame:whole>
</%def>
