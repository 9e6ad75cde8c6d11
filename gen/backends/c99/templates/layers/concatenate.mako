<%
    axis = f.op.axis
    outer = f.size(f.outs[0][:axis])
    widths = [f.size(shape[axis:]) for shape in f.ins]
    total = sum(widths)
    names = [f"x{i}" for i in range(len(widths))]
    offsets = [sum(widths[:i]) for i in range(len(widths))]
%>\
APART static void ${f.name}_forward(${', '.join(f"const {f.types_in[0]} *{x}" for x in names)}, ${f.types_out[0]} *y)
{
% if outer == 1:
    ${[f"memcpy({moved('y', at)}, {x}, {width} * sizeof *y);" for x, width, at in zip(names, widths, offsets)]}
% else:
    for (${f.index} row = 0; row < ${outer}; row++) {
<% to = [moved(f"y + row * {total}", at) for at in offsets] %>\
        ${[f"memcpy({at}, {x} + row * {width}, {width} * sizeof *y);" for at, x, width in zip(to, names, widths)]}
    }
% endif
}
