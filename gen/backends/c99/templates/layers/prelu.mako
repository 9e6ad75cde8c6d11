<%
    op, y = f.op, f.dtypes_out[0]
    p = None if f.integer else f.parameter("alpha", op.alpha)
    at = f.broadcast(op.below.shape, f.ins[0]) if f.integer else ""
%>\
${f.constant_table("below", op.below, "int16") + "\n" if f.integer else p.definition}\
<%call expr="frame.each('y = x where x >= 0, alpha x below')">
% if f.integer:
const int32_t value = ${f.value("x[k]", f.dtypes_in[0]) - op.source.zero};
const int32_t product = value * (value >= 0 ? ${op.above} : ${f.name}_below[${at}]);
y[k] = ${f.stored(f.saturated(f.shifted(f.value("product"), op.post) + op.result.zero, y), y)};
% else:
y[k] = x[k] >= 0.0f ? x[k] : ${p.at("k")} * x[k];
% endif
</%call>
