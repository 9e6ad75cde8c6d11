<%
    channels = f.ins[0][-1]
    count = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    beyond = "<" if op.mode == "min" else ">"
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
%>\
def _${f.name}(x, i, ${"m, j, " if op.masked else ""}y, o):
    """The ${word} of ${count} positions${", of those that the mask keeps" if op.masked else ""}."""
    ${f'{f.help("copy")}(x, i, y, o, {channels})' if most else f'{f.help("fill")}(y, o, {channels}, 0.0)'}
    ${"count = 0" if op.masked else ""}
    for t in range(${count}):
        ${write.behind("if m[j + t]:" if op.masked else "", position())}
        i += ${channels}
% if op.mode == "average":
    for c in range(${channels}):
        y[o + c] = ${f"y[o + c] / count if count else nan" if op.masked else f"y[o + c] / {count}"}
% endif
<%def name="position()" buffered="True">
${"count += 1" if op.masked else ""}
for c in range(${channels}):
% if most:
    if x[i + c] ${beyond} y[o + c]:
        y[o + c] = x[i + c]
% else:
    y[o + c] += x[i + c]
% endif
</%def>
