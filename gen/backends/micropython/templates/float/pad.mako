<%doc>Zeros around axes, or ends cut off. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%! from gatesmith.layers.windows import Window %>\
<%def name="define(f)">\
<%
    op = f.op
    axes = len(op.ends)
    at = positions([Window(1, left=a, right=b) for a, b in op.ends], f.ins[0], f.outs[0])
    rest = f.size(f.ins[0][axes:])
    copy = f"{f.help('copy')}(x, i + {scaled(at.place, rest)}, y, o, {rest})"
    body = [*at.taps([copy]), f"o += {rest}"]
    if any(max(ends) > 0 for ends in op.ends):
        body = [f"{f.help('fill')}(y, o, {rest}, 0.0)", *body]
%>\
def _${f.name}(x, i, y, o):
    """${", ".join(f"{a} in front and {b} behind" for a, b in op.ends)}, axis by axis."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
