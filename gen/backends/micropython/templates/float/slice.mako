<%doc>Positions of axes at equal distances. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, given = f.op, f.ins[0]
    axes = len(op.cuts)
    chunk = f.size(given[axes:])
    steps = [f.size(given[axis + 1:]) for axis in range(axes)]
    first = sum(start * step for (start, _, _), step in zip(op.cuts, steps))
    loops = [(f"k{axis}", count, stride * step) for axis, ((_, stride, count), step) in enumerate(zip(op.cuts, steps)) if count > 1]
    place = " + ".join(["i", *([str(first)] if first else []), *(f"{word} * {step}" for word, _, step in loops)])
    pad = "    " * (1 + len(loops))
%>\
def _${f.name}(x, i, y, o):
    """${"; ".join(f"{count} from {start} on, {stride} apart" if count > 1 else f"position {start}" for start, stride, count in op.cuts)}, axis by axis."""
% for depth, (word, count, _) in enumerate(loops):
${"    " * (1 + depth)}for ${word} in range(${count}):
% endfor
% if chunk > 1:
${pad}${f.help("copy")}(x, ${place}, y, o, ${chunk})
% else:
${pad}y[o] = x[${place}]
% endif
% if loops:
${pad}o += ${chunk}
% endif
</%def>
