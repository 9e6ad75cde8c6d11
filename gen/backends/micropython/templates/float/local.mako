<%doc>A convolution with a kernel of its own at every position. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%
    op, copy, n, patch = f.op, f.help("copy"), f.op.filters, len(f.op.kernel)
    at = positions(op.windows, f.ins[0], f.outs[0])
    kernel = f.part_of_rows("kernel", op.kernel, "[position, filter][tap][channel]", "part", n)
    bias = None if op.bias is None else f.weight("bias", op.bias.reshape(-1), "[position, filter]")
    place, tap = scaled(at.place, op.channels), scaled(at.tap, op.channels)
%>\
def _${f.name}(x, i, y, o):
    """Each position has a kernel of its own; a = ${op.activation}."""
    part = 0
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
u = [0.0] * ${patch}
${windows.taps(at, f"{copy}(x, i + {place}, u, {tap}, {op.channels})")}
a = ${f"[0.0] * {n}" if bias is None else f'list(unpack_from("<{n}f", {bias}, part * {4 * n}))'}
${f.gemv("a", kernel, "u", "0", patch)}
${block(f.act(op.activation, "a", 0, n))}
${copy}(a, 0, y, o, ${n})
o += ${n}
part += 1
</%def>
