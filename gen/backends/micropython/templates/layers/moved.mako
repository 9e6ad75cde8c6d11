<%! from gatesmith.backends.micropython.function import plus %>\
<%
    turns, place, run = f.walk
    shapes = (f"({', '.join(map(str, shape))})" for shape in (f.ins[0], f.outs[0]))
    doc = f"{' -> '.join(shapes)}, {run if run > 1 else 'one'} at a time."
%>\
% if run > 1 or not turns:
<%write:calling doc="${doc}">
${windows.nest("k", turns, [f"{f.moved('copy', f.dtypes_in[0])}(x, {plus('x_at', place)}, y, y_at, {run})", f"y_at += {run}" if turns else ""])}
</%write:calling>
% else:
<%write:function doc="${doc}">
n = 0
${windows.nest("k", turns, [f"{f.put('y', 'n')} = {f.put('x', place)}", "n += 1"])}
</%write:function>
% endif
