<%
    op, most, channels = f.op, f.op.mode == "max", f.op.channels
    positions = f.size(f.ins[0][1:]) // channels
    x, y = f.types_in[0], f.types_out[0]
    at = "x[c]" if positions == 1 else f"x[p * {channels} + c]"
    each = f"value = {at} > value ? {at} : value;" if most else f"apart += {at} - mean[c];"
    each = f"sum[c] += {at} - ({op.source.low}); /* which is never negative */" if f.integer and not most else each
    states = f"{x} *begun, {x} *largest" if most else "int64_t *steps, int64_t *sum" if f.integer else "float *steps, float *mean, float *rest"
%>\
/* The ${"largest" if most else "mean"} of all positions so far${"" if positions == 1 else f"; a step has {positions}"}. */
APART static void ${f.name}_forward(const ${x} *x, ${states}, ${y} *y)
{
${"" if most else f"steps[0] += {positions if f.integer else f.literal(positions)};"}
${"" if most or f.integer else "const float share = 1.0f / steps[0];"}
for (${f.index} c = 0; c < ${channels}; c++) {
${f"{x} value = begun[0] != 0 && largest[c] > x[c] ? largest[c] : x[c];" if most else "" if f.integer else f"float apart = {'x[c] - mean[c]' if positions == 1 else '0.0f'};"}
${f"for ({f.index} p = {int(most)}; p < {positions}; p++) {{" if positions > 1 else ""}
${each if positions > 1 or f.integer and not most else ""}
${"}" if positions > 1 else ""}
% if most:
largest[c] = value;
y[c] = value;
% elif f.integer:
const int64_t whole = (2 * ${op.positions} * sum[c] + steps[0]) / (2 * steps[0]); /* the sum as it would be of ${op.positions} */
const int32_t mean = (int32_t)(whole - ${op.positions * (op.source.zero - op.source.low)});
${frame.out("y[c]", f.scaled(op.gain, f.value("mean")) + op.form.zero)}\
% else:
const float more = apart * share - rest[c];
y[c] = mean[c] + more;
rest[c] = (y[c] - mean[c]) - more;
mean[c] = y[c];
% endif
}
${"begun[0] = 1;" if most else ""}
}
