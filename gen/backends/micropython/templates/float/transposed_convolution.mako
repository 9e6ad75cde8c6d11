<%doc>Transposed convolution: each output gathers the inputs whose windows reach it. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%
    op, copy, patch = f.op, f.help("copy"), len(f.op.kernel)
    at = positions(op.windows, f.ins[0], f.outs[0])
    place, tap = scaled(at.place, op.channels), scaled(at.tap, op.channels)
%>\
def _${f.name}(x, i, y, o):
    """Each output gathers the inputs whose windows reach it; a = ${op.activation}."""
    ${windows.loops(at, position())}
<%def name="position()" buffered="True">
u = [0.0] * ${patch}
${windows.reached(at, f"{copy}(x, i + {place}, u, {tap}, {op.channels})")}
a = ${f.sums("bias", op.bias, op.filters)}
${f.gemv("a", f.rows("kernel", op.kernel, "[filter][tap][channel]"), "u", "0", patch)}
${block(f.act(op.activation, "a", 0, op.filters))}
${copy}(a, 0, y, o, ${op.filters})
o += ${op.filters}
</%def>
