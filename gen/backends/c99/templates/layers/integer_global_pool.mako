<%doc>The largest, least, mean or sum of all positions, by channels, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, kind = f.op, f.types_in[0]
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
    begun = -positions * op.form.zero if op.gain else 0
%>\
% if "forward" in f.forms:
/* The ${word} of ${positions} positions${", of those that the mask keeps" if op.masked else ""}. */
APART static void ${f.name}_forward(const ${kind} *x, ${f"const {f.types_in[1]} *mask, " if op.masked else ""}${f.types_out[0]} *y)
{
for (${f.index} c = 0; c < ${channels}; c++) {
${taken(f, channels, "x[c]" if most else begun, int(most), positions)}\
${"y[c] = value;" if most else capture(completed, f, "sum", positions)}
}
}
% endif
% if "fold" in f.forms:
<%
    rows = f.ins[0][0]
    at_once = "" if most else f.sums_places
    rest = positions - positions // rows
    before = "" if most else f.clamped(f.value("sums[c]"), begun + rest * op.form.low, begun + rest * op.form.high)
%>\
/* Takes row by row into the ${word} of ${positions} positions, which the last completes. */
static void ${f.name}_fold(const ${kind} *x, ${f.types_out[0]} *y, ${"" if most else "int32_t *sums, "}${f.index} row)
{
% if at_once:
${at_once}(sums, x, ${channels}, ${positions // rows}, row == 0, ${begun});
for (${f.index} c = 0; row == ${rows - 1} && c < ${channels}; c++) {
${completed(f, "sums[c]", positions)}\
}
% else:
for (${f.index} c = 0; c < ${channels}; c++) {
${taken(f, channels, f"row == 0 ? {'x[c] : y[c]' if most else f'{begun} : {before}'}", 0, positions // rows)}\
% if most:
y[c] = value;
% else:
sums[c] = sum;
if (row == ${rows - 1}) {
${completed(f, "sum", positions)}\
}
% endif
}
% endif
}
% endif
</%def>
<%def name="taken(f, channels, begun, first, positions)">\
<%
    op, x = f.op, f"x[t * {channels} + c]"
    most = op.mode in ("max", "min")
%>\
${f.types_in[0] if most else "int32_t"} ${"value" if most else "sum"} = ${begun};
${"int32_t count = 0;" if op.masked else ""}
for (${f.index} t = ${first}; t < ${positions}; t++) {
${"if (mask[t] != 0) {" if op.masked else ""}
${f"value = {x} {'<' if op.mode == 'min' else '>'} value ? {x} : value;" if most else f"sum += {x};"}
${"count++;\n}" if op.masked else ""}
}
</%def>
<%def name="completed(f, sum, positions)">\
<% op, y = f.op, f.dtypes_out[0] %>\
% if op.gain:
const int32_t value = ${f.scaled(op.gain, f.value(sum)) + op.result.zero};
y[c] = ${f.stored(f.saturated(f.value("value"), y), y)};
% else:
y[c] = (${f.types_out[0]})${f"(count == 0 ? {op.form.zero} : {f.mean('sum', 'count', op.form)})" if op.masked else f.mean(sum, str(positions), op.form)};
% endif
</%def>
