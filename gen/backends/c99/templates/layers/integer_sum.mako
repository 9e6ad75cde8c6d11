<%doc>
A weighted sum of inputs, with broadcasting. Needs: f, the function being written; of a set with vectors: the statements in
place of the loop.
</%doc>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f, vectors='')">\
<%
    op, out, y = f.op, f.outs[0], f.dtypes_out[0]
    names = [f"x{i}" for i in range(len(f.ins))]
    views = [f.broadcast(shape, out) for shape in f.ins]
%>\
/* y = sum of ${len(names)} inputs${', some subtracted' if min(op.m) < 0 else ''} */
APART static void ${f.name}_forward(${', '.join(f"const {t} *{x}" for t, x in zip(f.types_in, names))}, ${f.types_out[0]} *y)
{
<%call expr="rows.either(vectors)">
    for (${f.index} k = 0; k < ${f.size(out)}; k++) {
        int32_t sum = 0;
% for x, view, dtype, source, m in zip(names, views, f.dtypes_in, op.sources, op.m):
        sum += ${(f.value(f"{x}[{view}]", dtype) - source.zero).wide() * m};
% endfor
        const int32_t value = ${f.shifted(f.value("sum"), op.post) + op.result.zero};
        y[k] = ${f.stored(f.saturated(f.value("value"), y), y)};
    }
</%call>
}
</%def>
