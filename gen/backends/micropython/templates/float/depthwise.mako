<%
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    row, scales = f.columns("kernel", op.kernel, "[tap][filter]", at.tap)
    late = op.bias if scales is not None else None
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """A window of ${at.kernel} at a time, each channel by itself; a = ${op.activation}."""
    ${f"s = {f.unpacked(scales, op.filters)}" if scales is not None else ""}
    ${f"b = {f.unpacked(f.weight('bias', late), op.filters)}" if late is not None else ""}
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
a = ${f.sums("bias", op.bias if scales is None else None, op.filters)}
${windows.taps(at, tap())}
% if scales is not None:
for c in range(${op.filters}):
    a[c] = a[c] * s[c]${" + b[c]" if late is not None else ""}
% endif
${in_lines(f.act(op.activation, "a", 0, op.filters))}
${f.help("copy")}(a, 0, y, o, ${op.filters})
o += ${op.filters}
</%def>
<%def name="tap()" buffered="True">
n = i + ${scaled(at.place, op.channels)}
u = ${row}
for c in range(${op.filters}):
    a[c] += u[c] * x[n + ${"c" if op.multiplier == 1 else f"c // {op.multiplier}"}]
</%def>
