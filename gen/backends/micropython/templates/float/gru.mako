<%doc>GRU, one time step, in both of Keras's forms.</%doc>\
<%
    u = op.units
    r, act = op.recurrent_activation, op.activation
    kernel = f.rows("kernel", op.kernel, "[z r h of units][input]")
%>\
def _${f.name}(x, i, s, h, y, o):
% if op.reset_after:
    """z = r(W_z x + b_z + U_z h + b'_z), reset alike; h~ = a(W_h x + b_h + reset (U_h h + b'_h)); h = z h + (1 - z) h~
    with r = ${r}, a = ${act}."""
    a = ${f.sums("bias", None if op.bias is None else op.bias[0], 3 * u)}
    b = ${f.sums("recurrent_bias", None if op.bias is None else op.bias[1], 3 * u)}
    ${f.gemv("a", kernel, "x", "i", op.inputs)}
    ${f.gemv("b", f.rows("recurrent", op.recurrent, "[z r h of units][unit]"), "s", "h", u)}
    for k in range(${2 * u}):
        a[k] += b[k]
    ${f.act(r, "a", 0, 2 * u)}
    for k in range(${2 * u}, ${3 * u}):
        a[k] += a[k - ${u}] * b[k]
% else:
    """z = r(W_z x + U_z h + b_z), reset alike; h~ = a(W_h x + U_h (reset h) + b_h); h = z h + (1 - z) h~
    with r = ${r}, a = ${act}."""
    a = ${f.sums("bias", op.bias, 3 * u)}
    ${f.gemv("a", kernel, "x", "i", op.inputs)}
    b = a[:${2 * u}]
    ${f.gemv("b", f.rows("recurrent", op.recurrent[:, :2 * u], "[z r of units][unit]"), "s", "h", u)}
    ${f.act(r, "b", 0, 2 * u)}
    a[:${2 * u}] = b
    b = a[${2 * u}:]
    past = [a[k + ${u}] * s[h + k] for k in range(${u})]
    ${f.gemv("b", f.rows("candidate_recurrent", op.recurrent[:, 2 * u:], "[h~ of units][unit]"), "past", "0", u)}
    a[${2 * u}:] = b
% endif
    ${f.act(act, "a", 2 * u, 3 * u)}
    for k in range(${u}):
        z = a[k]
        v = z * s[h + k] + (1 - z) * a[k + ${2 * u}]
        s[h + k] = v
        y[o + k] = v
