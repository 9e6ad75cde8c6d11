<%
    u = op.units
    r, act = op.recurrent_activation, op.activation
    kernel = f.rows("kernel", op.kernel, "[i f c o of units][input]")
    recurrent = f.rows("recurrent", op.recurrent, "[i f c o of units][unit]")
%>\
def _${f.name}(x, i, s, h, c, y, o):
    """i = r(W_i x + U_i h + b_i), f, o alike; c~ = a(W_c x + U_c h + b_c); c = f c + i c~; h = o a(c)
    with r = ${r}, a = ${act}."""
    a = ${f.sums("bias", op.bias, 4 * u)}
    ${f.gemv("a", kernel, "x", "i", op.inputs)}
    ${f.gemv("a", recurrent, "s", "h", u)}
    ${f.act(r, "a", 0, 2 * u) + f.act(act, "a", 2 * u, 3 * u) + f.act(r, "a", 3 * u, 4 * u)}
    for k in range(${u}):
        v = a[k + ${u}] * s[c + k] + a[k] * a[k + ${2 * u}]
        s[c + k] = v
        a[k] = v
    ${f.act(act, "a", 0, u)}
    for k in range(${u}):
        v = a[k + ${3 * u}] * a[k]
        s[h + k] = v
        y[o + k] = v
