<%doc>ConvLSTM, one time step: x is the input's convolution.</%doc>\
<%
    n, copy, patch = op.filters, f.help("copy"), len(op.recurrent)
    at = positions(op.windows, op.shape, op.shape)
    r, act = op.recurrent_activation, op.activation
%>\
def _${f.name}(x, i, s, h, c, y, o):
    """i = r(x_i + U_i * h), f, o alike; c~ = a(x_c + U_c * h); c = f c + i c~; h = o a(c)
    with r = ${r}, a = ${act}; * is a convolution over ${" x ".join(map(str, op.shape[:-1]))} positions."""
    first = o
    ${windows.loops(at, position())}
    ${copy}(y, first, s, h, ${f.size(op.shape)})
<%def name="position()" buffered="True">
u = [0.0] * ${patch}
${windows.taps(at, f"{copy}(s, h + {scaled(at.place, n)}, u, {scaled(at.tap, n)}, {n})")}
a = list(x[i : i + ${4 * n}])
${f.gemv("a", f.rows("recurrent", op.recurrent, "[i f c o of filters][tap][filter]"), "u", "0", patch)}
${in_lines([*f.act(r, "a", 0, 2 * n), *f.act(act, "a", 2 * n, 3 * n), *f.act(r, "a", 3 * n, 4 * n)])}
for k in range(${n}):
    v = a[k + ${n}] * s[c + k] + a[k] * a[k + ${2 * n}]
    s[c + k] = v
    a[k] = v
${in_lines(f.act(act, "a", 0, n))}
for k in range(${n}):
    y[o + k] = a[k + ${3 * n}] * a[k]
i += ${4 * n}
c += ${n}
o += ${n}
</%def>
