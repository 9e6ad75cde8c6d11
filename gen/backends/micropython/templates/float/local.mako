<%doc>A convolution with a kernel of its own at every position. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op = f.op
    at = positions(op.windows, f.ins[0], f.outs[0])
    n, patch, copy = op.filters, len(op.kernel), f.help("copy")
    kernel = f.part_of_rows("kernel", op.kernel, "[position, filter][tap][channel]", "part", n)
    body = [f"u = [0.0] * {patch}"]
    body += at.taps([f"{copy}(x, i + {scaled(at.place, op.channels)}, u, {scaled(at.tap, op.channels)}, {op.channels})"])
    if op.bias is None:
        body += [f"a = [0.0] * {n}"]
    else:
        bias = f.weight("bias", op.bias.reshape(-1), "[position, filter]")
        body += [f'a = list(unpack_from("<{n}f", {bias}, part * {4 * n}))']
    body += [f.gemv("a", kernel, "u", "0", patch), *f.act(op.activation, "a", 0, n)]
    body += [f"{copy}(a, 0, y, o, {n})", f"o += {n}", "part += 1"]
%>\
def _${f.name}(x, i, y, o):
    """Each position has a kernel of its own; a = ${op.activation}."""
    part = 0
% for line in at.loops(body):
    ${line}
% endfor
</%def>
