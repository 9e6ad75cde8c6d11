<%doc>A function over the first core axis: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    name = f.op.function.name
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    pad = "        " if inner > 1 else "    "
    first = "column" if inner > 1 else ""
    def x(k):
        return "x[i + " + (f"column + {k} * {inner}" if inner > 1 else k) + "]"
    def y(k):
        return "y[o + " + (f"column + {k} * {inner}" if inner > 1 else k) + "]"
    column = f"[{x('k')} for k in range({n})]" if inner > 1 else f"list(x[i : i + {n}])"
%>\
def _${f.name}(x, i, y, o):
    """${name} over ${n} values${'' if inner == 1 else f', {inner} apart'}."""
% if inner > 1:
    for column in range(${inner}):
% endif
${pad}a = ${column}
% if name in ("softmax", "log_softmax"):
<% exp = f.math("exp") %>\
${pad}most = max(a)
% if name == "softmax":
${pad}a = [${exp}(v - most) for v in a]
${pad}total = sum(a)
${pad}for k in range(${n}):
${pad}    ${y("k")} = a[k] / total
% else:
${pad}most += ${f.math("log")}(sum([${exp}(v - most) for v in a]))
${pad}for k in range(${n}):
${pad}    ${y("k")} = a[k] - most
% endif
% elif name == "glu":
<% half = n // 2 %>\
% for line in f.act(f.op.function.__class__("sigmoid"), "a", half, n):
${pad}${line}
% endfor
${pad}for k in range(${half}):
${pad}    ${y("k")} = a[k] * a[k + ${half}]
% elif name == "sparsemax":
${pad}# From the largest down: the support is where z_r > (z_1 + ... + z_r - 1) / r. Keras takes the sum of all its
${pad}# cumulated sums for the threshold, not the last one.
${pad}total = 0.0
${pad}level = -1.0
${pad}size = 0
${pad}for k, v in enumerate(sorted(a, reverse=True)):
${pad}    total += v
${pad}    if v - (total - 1) / (k + 1) > 0:
${pad}        level += total
${pad}        size += 1
${pad}level /= size or 1
${pad}for k in range(${n}):
${pad}    ${y("k")} = max(a[k] - level, 0.0)
% endif
</%def>
