<%doc>Positions of axes at equal distances. Needs: f, the function being written.</%doc>\
<%
    op, shape = f.op, f.ins[0]
    chunk = f.size(shape[len(op.cuts):])
    steps = [f.size(shape[axis + 1:]) for axis in range(len(op.cuts))]
    first = sum(start * step for (start, _, _), step in zip(op.cuts, steps))
    loops = [(f"k{axis}", count, stride * step) for axis, ((_, stride, count), step) in enumerate(zip(op.cuts, steps)) if count > 1]
    place = " + ".join(["x_at", *([str(first)] if first else []), *(f"{word} * {step}" for word, _, step in loops)])
    words = [f"{n} from {start} on, {stride} apart" if n > 1 else f"position {start}" for start, stride, n in op.cuts]
%>\
<%write:calling doc="${'; '.join(words) + ', axis by axis.'}">
% for depth, (word, count, _) in enumerate(loops):
${"    " * depth}for ${word} in range(${count}):
% endfor
${"    " * len(loops)}${f.moved("copy", f.dtypes_in[0])}(x, ${place}, y, y_at, ${chunk})
% if loops:
${"    " * len(loops)}y_at += ${chunk}
% endif
</%write:calling>
