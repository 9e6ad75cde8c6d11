<%
    axis, dtype = op.axis, f.dtypes_out[0]
    outer, total = f.size(f.outs[0][:axis]), f.size(f.outs[0][axis:])
    widths = [f.size(shape[axis:]) for shape in f.ins]
    what = f"Inputs of {', '.join(map(str, widths))} values side by side{f', {outer} times' if outer > 1 else ''}."
%>\
<%write:calling doc="${what}" arguments="${[*(f'x{n}' for n in range(len(widths))), 'y']}">
for row in range(${outer}):
<% to = [f"y, y_at + row * {total} + {sum(widths[:n])}" for n in range(len(widths))] %>\
    ${[f"{f.moved('copy', dtype)}(x{n}, x{n}_at + row * {width}, {to[n]}, {width})" for n, width in enumerate(widths)]}
</%write:calling>
