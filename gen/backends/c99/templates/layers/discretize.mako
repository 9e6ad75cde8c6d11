<%
    n = len(f.op.bounds)
    note = f"y = how many of {n} bounds x reaches"
    kind, bin = ("int32_t", f.types_out[0]) if f.integer else ("float", "float")
%>\
${f.constant_table("bounds", f.op.bounds, "int32") if f.integer else f.defined("bounds", f.op.bounds)}
<%call expr="frame.each(note)">
const ${kind} value = x[k];
${bin} bin = ${"0" if f.integer else "0.0f"};
for (${f.index} b = 0; b < ${n}; b++) {
% if f.integer:
if (value >= ${f.name}_bounds[b]) {
bin++;
}
% else:
bin += value >= ${f.name}_bounds[b] ? 1.0f : 0.0f;
% endif
}
y[k] = bin;
</%call>
