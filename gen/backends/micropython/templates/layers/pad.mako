<%! from gatesmith.layers.windows import Window %>\
<%
    dtype = f.dtypes_in[0]
    at = positions([Window(1, left=a, right=b) for a, b in op.ends], f.ins[0], f.outs[0])
    rest = f.size(f.ins[0][len(op.ends):])
    copy = f"{f.moved('copy', dtype)}(x, x_at + {scaled(at.place, rest)}, y, y_at, {rest})"
    zeros = f"{f.moved('fill', dtype)}(y, y_at, {rest}, {f.number(op.zero)})" if any(max(ends) > 0 for ends in op.ends) else None
%>\
<%write:calling doc="${', '.join(f'{a} in front and {b} behind' for a, b in op.ends) + ', axis by axis.'}">
${windows.loops(at, [windows.taps(at, copy, zeros), f"y_at += {rest}"])}
</%write:calling>
