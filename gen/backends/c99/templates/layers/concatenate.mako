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
% for x, width, offset in zip(names, widths, offsets):
    memcpy(y${f" + {offset}" if offset else ""}, ${x}, ${width} * sizeof *y);
% endfor
% else:
    for (${f.index} row = 0; row < ${outer}; row++) {
% for x, width, offset in zip(names, widths, offsets):
        memcpy(y + row * ${total}${f" + {offset}" if offset else ""}, ${x} + row * ${width}, ${width} * sizeof *y);
% endfor
    }
% endif
}
