<%doc>Shared by layers whose outputs each gather the inputs of their window. Needs: f (the function being written), r
(WindowAxes), back (whether windows are walked from the input's side), apart (whether each position has its own
kernel).</%doc>\
<%def name="outputs(f, r)">\
${[f"for ({f.index} {line.out} = 0; {line.out} < {line.names}S; {line.out}++) {{" for line in r.lines]}
${caller.body()}\
${"}\n" * len(r.lines)}\
</%def>
<%def name="taps(f, r, back=False)">\
<% braces = 0 %>\
% for line in r.lines:
<%
    at, a = line.input, line.names
    tests = [f"{at} >= 0", f"{at} < {a}S_IN * {a}_STRIDE", f"{at} % {a}_STRIDE == 0"] if back else [f"{at} >= 0", f"{at} < {a}S_IN"]
    tests = tests if back or line.padded else []
    braces += 2 if tests else 1
%>\
for (int ${line.tap} = 0; ${line.tap} < ${a}_TAPS; ${line.tap}++) {
<% forth = f"{line.out} * {a}_STRIDE + {line.tap} * {a}_DILATION - {a}_PADDING" %>\
const ${f.index} ${at} = ${f"{line.out} + {a}_PADDING - {line.tap} * {a}_DILATION" if back else forth};
${f"if ({' && '.join(tests)}) {{" if tests else ""}
% endfor
${caller.body()}\
${"}\n" * braces}\
</%def>
<%def name="whole(f, r, back, apart, note)">\
<%
    op, n, kind = f.op, f.op.filters, f.index
    groups, part = op.groups if apart else 1, "part" if apart else "block"
    b = f.blocks(n, 1, f.matrix(op.own, f.dtypes_in[0], slice(0, n)) if f.integer else None)
    if f.integer:
        p = f.part("kernel", op.own, f.dtypes_in[0], b, groups=groups, at="block")
    else:
        p = f.grouped("kernel", op.kernel, b, groups, op.channels, None if op.bias is None else op.bias.reshape(-1))
    place, _, tap = indices(r.lines, "{} / {}_STRIDE" if back else "{}")
    bounded = f.integer and (op.low, op.high) != (op.result.low, op.result.high)
%>\
enum { ${f.up}_PATCH = ${r.taps * r.channels}, ${f.up}_FILTERS = ${n}, ${f.up}_BLOCKS = ${b.count * groups} };

/* ${"For each position: " if apart else ""}${f.layout_comment("filter", p)} */
${p.definition}
/* ${note}${f"; a = {op.activation.function if f.integer else op.activation}" if op.activation else ""}${f"; from {op.low} to {op.high}" if bounded else ""}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${f", {f.types_in[0]} *window" if f.integer else ""})
{
${rows.sizes(r)}\
${f"{kind} block = 0;" if apart else ""}
<%call expr="outputs(f, r)">
% if f.integer:
memset(window, ${op.source.zero}, ${f.up}_PATCH * sizeof *window);
<%call expr="taps(f, r, back)">
memcpy(window + ${tap} * CHANNELS, x + ${place} * CHANNELS, CHANNELS * sizeof *window);
</%call>
% endif
for (int ${part} = 0; ${part} < ${b.count}; ${part}++) {
const int first_filter = ${part} * ${b.units};
${sums.begun(f, p)}\
% if f.integer:
${p.multiply("sum", "window", f"{f.up}_PATCH")}
% else:
<%call expr="taps(f, r, back)">
${p.multiply("sum", f"x + {place} * CHANNELS", f"{tap} * CHANNELS", "CHANNELS")}
</%call>
% endif
${sums.results(f, b, p, f"{f.up}_FILTERS - first_filter")}\
${"block++;" if apart else ""}
}
y += ${f.up}_FILTERS;
</%call>
}
</%def>
