<%doc>The mean of all positions so far, a step on, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    channels, low = op.channels, op.source.low
    positions = f.size(f.ins[0][1:]) // channels
    x = "x[c]" if positions == 1 else f"x[p * {channels} + c]"
    inner = "        " if positions == 1 else "            "
%>\
/* The mean of all positions so far${"" if positions == 1 else f", {positions} a step"}: their sum as it would be of ${op.positions}, rescaled. Sums are of
 * x ${"+" if low < 0 else "-"} ${abs(low)}, which is never negative. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, int64_t *steps, int64_t *sum, ${f.types_out[0]} *y)
{
    steps[0] += ${positions};
    for (${f.index} c = 0; c < ${channels}; c++) {
% if positions > 1:
        for (${f.index} p = 0; p < ${positions}; p++) {
% endif
${inner}sum[c] += ${x} - (${low});
% if positions > 1:
        }
% endif
        const int64_t whole = (2 * ${op.positions} * sum[c] + steps[0]) / (2 * steps[0]);
        const int32_t mean = (int32_t)(whole - ${op.positions * (op.source.zero - low)});
        const int32_t value = ${f.scaled(op.gain, f.value("mean")) + op.form.zero};
        y[c] = ${f.stored(f.saturated(f.value("value"), f.dtypes_out[0]), f.dtypes_out[0])};
    }
}
</%def>
