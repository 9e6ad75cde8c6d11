<%doc>The largest, least, mean or sum of all positions, by channels. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
%>\
% if "forward" in f.forms:
/* The ${word} of ${positions} positions${", of those that the mask keeps" if op.masked else ""}. */
APART static void ${f.name}_forward(const float *x, ${"const float *mask, " if op.masked else ""}float *y)
{
${"float count = 0.0f;" if op.masked else ""}
${taken(f, channels, positions)}\
${divided(f, channels, positions)}\
}
% endif
% if "fold" in f.forms:
<% rows = f.ins[0][0] %>\
/* Takes row by row into the ${word} of ${positions} positions, which the last completes. */
static void ${f.name}_fold(const float *x, float *y, ${f.index} row)
{
${taken(f, channels, positions // rows, "row == 0")}\
${divided(f, channels, positions, f"row == {rows - 1}")}\
}
% endif
</%def>
<%def name="each(f, channels)">for (${f.index} c = 0; c < ${channels}; c++) {</%def>
<%def name="taken(f, channels, positions, first='')">\
<%
    most, beyond = f.op.mode in ("max", "min"), "<" if f.op.mode == "min" else ">"
    x = f"x[t * {channels} + c]"
%>\
${f"if ({first}) {{" if first else ""}
${each(f, channels)}
y[c] = ${"x[c]" if most else "0.0f"};
}
${"}" if first else ""}
for (${f.index} t = ${int(most and not first)}; t < ${positions}; t++) {
% if f.op.masked:
if (mask[t] != 0.0f) {
count += 1.0f;
% endif
${each(f, channels)}
${f"y[c] = {x} {beyond} y[c] ? {x} : y[c];" if most else f"y[c] += {x};"}
}
${"}" if f.op.masked else ""}
}
</%def>
<%def name="divided(f, channels, positions, last='')">\
% if f.op.mode == "average":
${f"if ({last}) {{" if last else ""}
${each(f, channels)}
y[c] /= ${"count" if f.op.masked else f.literal(positions)};
}
${"}" if last else ""}
% endif
</%def>
