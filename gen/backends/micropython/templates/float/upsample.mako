<%doc>Values repeated along axes. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import Positions, scaled %>\
<%def name="define(f)">\
<%
    op = f.op
    axes = len(op.factors)
    at = Positions((), f.ins[0][:axes], f.outs[0][:axes])
    rest = f.size(f.ins[0][axes:])
    place = ""
    for axis, (by, n) in enumerate(zip(op.factors, f.ins[0])):
        word = f"p{axis} // {by}" if by > 1 else f"p{axis}"
        place = f"{scaled(place, n)} + {word}" if place else word
    body = [f"{f.help('copy')}(x, i + {scaled(place, rest)}, y, o, {rest})", f"o += {rest}"]
%>\
def _${f.name}(x, i, y, o):
    """Each value ${" x ".join(map(str, op.factors))} times."""
% for line in at.loops(body):
    ${line}
% endfor
</%def>
