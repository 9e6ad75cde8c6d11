<%doc>A function over the first core axis: core (n, inner).</%doc>\
<%
    name = op.function.name
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    def element(name, at, k):
        return f"{name}[{at} + {f'column + {k} * {inner}' if inner > 1 else k}]"
    column = f"[{element('x', 'i', 'k')} for k in range({n})]" if inner > 1 else f"list(x[i : i + {n}])"
%>\
def _${f.name}(x, i, y, o):
    """${name} over ${n} values${'' if inner == 1 else f', {inner} apart'}."""
    ${write.behind(f"for column in range({inner}):" if inner > 1 else "", values())}
<%def name="values()" buffered="True">
a = ${column}
% if name in ("softmax", "log_softmax"):
most = max(a)
% if name == "softmax":
a = [exp(v - most) for v in a]
total = sum(a)
for k in range(${n}):
    ${element("y", "o", "k")} = a[k] / total
% else:
most += log(sum([exp(v - most) for v in a]))
for k in range(${n}):
    ${element("y", "o", "k")} = a[k] - most
% endif
% elif name == "glu":
<% half = n // 2 %>
${in_lines(f.act(op.function.__class__("sigmoid"), "a", half, n))}
for k in range(${half}):
    ${element("y", "o", "k")} = a[k] * a[k + ${half}]
% elif name == "sparsemax":
# From the largest down: the support is where z_r > (z_1 + ... + z_r - 1) / r. Keras takes the sum of all its
# cumulated sums for the threshold, not the last one.
total = 0.0
level = -1.0
size = 0
for k, v in enumerate(sorted(a, reverse=True)):
    total += v
    if v - (total - 1) / (k + 1) > 0:
        level += total
        size += 1
level /= size or 1
for k in range(${n}):
    ${element("y", "o", "k")} = max(a[k] - level, 0.0)
% endif
</%def>
