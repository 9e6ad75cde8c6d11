<%doc>Inputs side by side along a core axis. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    axis = f.op.axis
    outer = f.size(f.outs[0][:axis])
    widths = [f.size(shape[axis:]) for shape in f.ins]
    total = sum(widths)
    offsets = [sum(widths[:n]) for n in range(len(widths))]
    copy = f.moved("copy", f.dtypes_out[0])
%>\
def _${f.name}(${', '.join(f"x{n}, x{n}_at" for n in range(len(widths)))}, y, y_at, z):
    """Inputs of ${', '.join(map(str, widths))} values side by side${'' if outer == 1 else f', {outer} times'}."""
    for row in range(${outer}):
% for n, (width, offset) in enumerate(zip(widths, offsets)):
        ${copy}(x${n}, x${n}_at + row * ${width}, y, y_at + row * ${total} + ${offset}, ${width})
% endfor
</%def>
