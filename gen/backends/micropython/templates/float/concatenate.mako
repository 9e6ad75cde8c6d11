<%doc>Inputs side by side along a core axis. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    axis = f.op.axis
    outer = f.size(f.outs[0][:axis])
    widths = [f.size(shape[axis:]) for shape in f.ins]
    total = sum(widths)
    offsets = [sum(widths[:i]) for i in range(len(widths))]
    copy = f.help("copy")
%>\
def _${f.name}(${', '.join(f"x{n}, i{n}" for n in range(len(widths)))}, y, o):
    """Inputs of ${', '.join(map(str, widths))} values side by side${'' if outer == 1 else f', {outer} times'}."""
% if outer == 1:
% for n, (width, offset) in enumerate(zip(widths, offsets)):
    ${copy}(x${n}, i${n}, y, o${f" + {offset}" if offset else ""}, ${width})
% endfor
% else:
    for row in range(${outer}):
% for n, (width, offset) in enumerate(zip(widths, offsets)):
        ${copy}(x${n}, i${n} + row * ${width}, y, o + row * ${total}${f" + {offset}" if offset else ""}, ${width})
% endfor
% endif
</%def>
