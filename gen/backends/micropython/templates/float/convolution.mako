<%doc>Convolution: each window is laid out flat and multiplied. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op = f.op
    at = positions(op.windows, f.ins[0], f.outs[0], f.by_rows)
    groups, own, patch = op.groups, op.channels // op.groups, len(op.kernel)
    many = op.filters // groups
    kernels = [
        f.rows("kernel" if groups == 1 else f"kernel_{g}", op.kernel[:, g * many : (g + 1) * many], "[filter][tap][channel]")
        for g in range(groups)
    ]
    place, tap = scaled(at.place, op.channels), scaled(at.tap, own)
    copy = f.help("copy")
    sums = "a" if groups == 1 else "part"
    body = [f"u = [0.0] * {patch * groups}"]
    if groups == 1:
        body += at.taps([f"{copy}(x, i + {place}, u, {tap}, {own})"])
    else:
        body += at.taps([f"for g in range({groups}):", f"    {copy}(x, i + {place} + g * {own}, u, g * {patch} + {tap}, {own})"])
    if groups == 1:
        body += [f"a = {f.sums('bias', op.bias, op.filters)}", f.gemv("a", kernels[0], "u", "0", patch)]
    else:
        body += ["a = []"]
        for g, kernel in enumerate(kernels):
            body += [f"part = [0.0] * {many}", f.gemv("part", kernel, "u", str(g * patch), patch), "a += part"]
        if op.bias is not None:
            body += [f"for k in range({op.filters}):", "    a[k] += b[k]"]
    body += [*f.act(op.activation, "a", 0, op.filters), f"{copy}(a, 0, y, o, {op.filters})", f"o += {op.filters}"]
%>\
def _${f.name}(x, i, y, o${", first, last" if f.by_rows else ""}):
    """A window of ${" x ".join(str(w.kernel) for w in op.windows)} at a time; a = ${op.activation}."""
% if groups > 1 and op.bias is not None:
    b = ${f.sums("bias", op.bias, op.filters)}
% endif
% for line in at.loops(body):
    ${line}
% endfor
</%def>
