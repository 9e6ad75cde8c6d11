<%
    op, y = f.op, f.dtypes_out[0]
    outputs, taps = op.places.shape
    rest = f.size(f.ins[0][1:])
    shape = f"[{f.up}_OUTPUTS][{f.up}_TAPS]"
    x = f"x[{f.name}_offsets[row][k] + c]"
    if f.integer:
        x = f"(int32_t)({f.value(x, f.dtypes_in[0]) - op.source.zero})"
        f.between("weights", op.reach)
%>\
enum { ${f.up}_OUTPUTS = ${outputs}, ${f.up}_TAPS = ${taps} };

${f.defined("offsets", op.places * rest, "int32" if f.integer else op.places.dtype.name, shape)}
${f.defined("weights", op.weights, "int16" if f.integer else "float32", shape)}
<%frame:whole note="${str(f.ins[0][0])} values to ${str(outputs)}, each of them a mixture of ${str(taps)}${', in units of 2^-%d' % op.post if f.integer else ''}.">
for (${f.index} row = 0; row < ${f.up}_OUTPUTS; row++) {
for (${f.index} c = 0; c < ${rest}; c++) {
${"int32_t sum = 0" if f.integer else "float sum = 0.0f"};
${over("int k", f"{f.up}_TAPS", f"sum += {f.name}_weights[row][k] * {x};")}
% if f.integer:
const int32_t value = ${f.shifted(f.value("sum"), op.post) + op.result.zero};
y[c] = ${f.stored(f.bounded(f.value("value"), op.result.low, op.result.high, y), y)};
% else:
y[c] = sum;
% endif
}
y += ${rest};
}
</%frame:whole>
