<% channels, most = f.ins[0][-1], op.mode == "max"; at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows) %>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """The ${"largest" if most else "mean"} of each window of ${at.kernel}."""
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
count = 0
${"" if most else f"{f.help('fill')}(y, o, {channels}, 0.0)"}
${windows.taps(at, tap())}
${[f"for c in range({channels}):", "    y[o + c] /= count"] if not most else []}
o += ${channels}
</%def>
<%def name="tap()" buffered="True">
n = i + ${scaled(at.place, channels)}
for c in range(${channels}):
% if most:
    v = x[n + c]
    if count == 0 or v > y[o + c]:
        y[o + c] = v
% else:
    y[o + c] += x[n + c]
% endif
count += 1
</%def>
