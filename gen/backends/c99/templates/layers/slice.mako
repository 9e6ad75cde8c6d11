<%doc>Positions of axes at equal distances. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import moved %>\
<%def name="define(f)">\
<%
    op, given = f.op, f.ins[0]
    axes = len(op.cuts)
    chunk = f.size(given[axes:])
    steps = [f.size(given[axis + 1:]) for axis in range(axes)]
    walked = [(f"k{axis}", count, stride * step) for axis, ((_, stride, count), step) in enumerate(zip(op.cuts, steps)) if count > 1]
    first = sum(start * step for (start, _, _), step in zip(op.cuts, steps))
    place = moved(" + ".join(["x", *(f"{word} * {step}" for word, _, step in walked)]), first)
%>\
/* ${"; ".join(f"{count} from {start} on, {stride} apart" if count > 1 else f"position {start}" for start, stride, count in op.cuts)}, axis by axis. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% for word, count, _ in walked:
for (${f.index} ${word} = 0; ${word} < ${count}; ${word}++) {
% endfor
memcpy(y, ${place}, ${chunk} * sizeof *y);
${f"y += {chunk};" if walked else ""}
${"}\n" * len(walked)}\
}
</%def>
