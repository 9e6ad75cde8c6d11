<%doc>Transposed convolution: each output gathers the inputs whose windows reach it. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%def name="define(f)">\
<%
    op = f.op
    at = positions(op.windows, f.ins[0], f.outs[0])
    kernel = f.rows("kernel", op.kernel, "[filter][tap][channel]")
    copy, patch = f.help("copy"), len(op.kernel)
    place, tap = scaled(at.place, op.channels), scaled(at.tap, op.channels)
    body = [f"u = [0.0] * {patch}", *at.reaching([f"{copy}(x, i + {place}, u, {tap}, {op.channels})"])]
    body += [f"a = {f.sums('bias', op.bias, op.filters)}", f.gemv("a", kernel, "u", "0", patch)]
    body += [*f.act(op.activation, "a", 0, op.filters), f"{copy}(a, 0, y, o, {op.filters})", f"o += {op.filters}"]
%>\
def _${f.name}(x, i, y, o):
    """Each output gathers the inputs whose windows reach it; a = ${op.activation}."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
