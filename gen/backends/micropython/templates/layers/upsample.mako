<%doc>Values repeated along axes. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.micropython.windows import Positions, flat, scaled %>\
<%
    op, axes = f.op, len(f.op.factors)
    at = Positions((), f.ins[0][:axes], f.outs[0][:axes])
    rest = f.size(f.ins[0][axes:])
    place = flat([f"p{axis} // {by}" if by > 1 else f"p{axis}" for axis, by in enumerate(op.factors)], at.inputs)
    copy = f"{f.moved('copy', f.dtypes_in[0])}(x, x_at + {scaled(place, rest)}, y, y_at, {rest})"
%>\
<%write:calling doc="${'Each value ' + ' x '.join(map(str, op.factors)) + ' times.'}">
${windows.loops(at, [copy, f"y_at += {rest}"])}
</%write:calling>
