<%doc>Positions of axes at equal distances, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, given, x = f.op, f.ins[0], f.dtypes_in[0]
    axes = len(op.cuts)
    chunk = f.size(given[axes:])
    steps = [f.size(given[axis + 1:]) for axis in range(axes)]
    first = sum(start * step for (start, _, _), step in zip(op.cuts, steps))
    loops = [(f"k{axis}", count, stride * step) for axis, ((_, stride, count), step) in enumerate(zip(op.cuts, steps)) if count > 1]
    place = " + ".join(["x_at", *([str(first)] if first else []), *(f"{word} * {step}" for word, _, step in loops)])
    pad = "    " * (1 + len(loops))
%>\
def _${f.name}(x, x_at, y, y_at, z):
    """${"; ".join(f"{count} from {start} on, {stride} apart" if count > 1 else f"position {start}" for start, stride, count in op.cuts)}, axis by axis."""
% for depth, (word, count, _) in enumerate(loops):
${"    " * (1 + depth)}for ${word} in range(${count}):
% endfor
${pad}${f.moved('copy', x)}(x, ${place}, y, y_at, ${chunk})
% if loops:
${pad}y_at += ${chunk}
% endif
</%def>
