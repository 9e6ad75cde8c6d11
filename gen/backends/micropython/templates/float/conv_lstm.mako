<%doc>ConvLSTM, one time step: x is the input's convolution. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op, n = f.op, f.op.filters
    at = positions(op.windows, op.shape, op.shape)
    kernel = f.rows("recurrent", op.recurrent, "[i f c o of filters][tap][filter]")
    copy, patch, r, act = f.help("copy"), len(op.recurrent), op.recurrent_activation, op.activation
    body = [f"u = [0.0] * {patch}", *at.taps([f"{copy}(s, h + {scaled(at.place, n)}, u, {scaled(at.tap, n)}, {n})"])]
    body += [f"a = list(x[i : i + {4 * n}])", f.gemv("a", kernel, "u", "0", patch)]
    body += f.act(r, "a", 0, 2 * n) + f.act(act, "a", 2 * n, 3 * n) + f.act(r, "a", 3 * n, 4 * n)
    body += [f"for k in range({n}):", f"    v = a[k + {n}] * s[c + k] + a[k] * a[k + {2 * n}]", "    s[c + k] = v", "    a[k] = v"]
    body += [*f.act(act, "a", 0, n), f"for k in range({n}):", f"    y[o + k] = a[k + {3 * n}] * a[k]"]
    body += [f"i += {4 * n}", f"c += {n}", f"o += {n}"]
%>\
def _${f.name}(x, i, s, h, c, y, o):
    """i = r(x_i + U_i * h), f, o alike; c~ = a(x_c + U_c * h); c = f c + i c~; h = o a(c)
    with r = ${r}, a = ${act}; * is a convolution over ${" x ".join(map(str, op.shape[:-1]))} positions."""
    first = o
% for line in at.loops(body):
    ${line}
% endfor
    ${copy}(y, first, s, h, ${f.size(op.shape)})
</%def>
