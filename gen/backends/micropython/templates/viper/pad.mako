<%doc>Zeros around axes, or ends cut off, in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import positions, scaled %>\
<%! from gatesmith.layers.windows import Window %>\
<%def name="define(f)">\
<%
    op, x = f.op, f.dtypes_in[0]
    axes = len(op.ends)
    at = positions([Window(1, left=a, right=b) for a, b in op.ends], f.ins[0], f.outs[0])
    rest = f.size(f.ins[0][axes:])
    copy = [f"{f.moved('copy', x)}(x, x_at + {scaled(at.place, rest)}, y, y_at, {rest})"]
    none = [f"{f.moved('fill', x)}(y, y_at, {rest}, {op.zero})"]
    body = [*at.places(copy, none if any(max(ends) > 0 for ends in op.ends) else None), f"y_at += {rest}"]
%>\
def _${f.name}(x, x_at, y, y_at, z):
    """${", ".join(f"{a} in front and {b} behind" for a, b in op.ends)}, axis by axis."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
