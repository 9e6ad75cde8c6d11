<%doc>Values repeated along axes, in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import Positions, scaled %>\
<%def name="define(f)">\
<%
    op, x = f.op, f.dtypes_in[0]
    axes = len(op.factors)
    at = Positions((), f.ins[0][:axes], f.outs[0][:axes])
    rest = f.size(f.ins[0][axes:])
    place = ""
    for axis, (by, n) in enumerate(zip(op.factors, f.ins[0])):
        word = f"p{axis} // {by}" if by > 1 else f"p{axis}"
        place = f"{scaled(place, n)} + {word}" if place else word
    body = [f"{f.moved('copy', x)}(x, x_at + {scaled(place, rest)}, y, y_at, {rest})", f"y_at += {rest}"]
%>\
def _${f.name}(x, x_at, y, y_at, z):
    """Each value ${" x ".join(map(str, op.factors))} times."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
