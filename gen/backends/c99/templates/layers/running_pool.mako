<%doc>The largest or the mean of all positions so far, a step on. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    channels = op.channels
    positions = f.size(f.ins[0][1:]) // channels
    most = op.mode == "max"
    x, y = f.types_in[0], f.types_out[0]
    at = "x[c]" if positions == 1 else f"x[p * {channels} + c]"
%>\
/* The ${"largest" if most else "mean"} of all positions so far${"" if positions == 1 else f"; a step has {positions}"}. */
% if most:
APART static void ${f.name}_forward(const ${x} *x, ${x} *begun, ${x} *largest, ${y} *y)
{
    for (${f.index} c = 0; c < ${channels}; c++) {
        ${x} value = begun[0] != 0 && largest[c] > x[c] ? largest[c] : x[c];
% if positions > 1:
        for (${f.index} p = 1; p < ${positions}; p++) {
            value = ${at} > value ? ${at} : value;
        }
% endif
        largest[c] = value;
        y[c] = value;
    }
    begun[0] = 1;
}
% else:
APART static void ${f.name}_forward(const float *x, float *steps, float *sum, float *y)
{
    steps[0] += ${f.literal(positions)};
    for (${f.index} c = 0; c < ${channels}; c++) {
% if positions == 1:
        sum[c] += x[c];
% else:
        for (${f.index} p = 0; p < ${positions}; p++) {
            sum[c] += ${at};
        }
% endif
        y[c] = sum[c] / steps[0];
    }
}
% endif
</%def>
