<%doc>Positions of axes at equal distances. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import times, total %>\
<%def name="define(f)">\
<%
    op, given = f.op, f.ins[0]
    axes = len(op.cuts)
    chunk = f.size(given[axes:])
    words = [f"k{axis}" for axis in range(axes)] if axes > 1 else ["k"]
    steps = [f.size(given[axis + 1:]) for axis in range(axes)]
    first = sum(start * step for (start, _, _), step in zip(op.cuts, steps))
    place = total(*(times(word, stride * step) for word, (_, stride, count), step in zip(words, op.cuts, steps) if count > 1), first)
    pad = "    " * (1 + axes)
%>\
/* ${"; ".join(f"{count} from {start} on, {stride} apart" if count > 1 else f"position {start}" for start, stride, count in op.cuts)}, axis by axis. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
<% open_loops = [] %>\
% for axis, (word, (_, _, count)) in enumerate(zip(words, op.cuts)):
% if count > 1:
${"    " * (1 + len(open_loops))}for (${f.index} ${word} = 0; ${word} < ${count}; ${word}++) {
<% open_loops.append(word) %>\
% endif
% endfor
<% pad = "    " * (1 + len(open_loops)) %>\
% if chunk > 1:
${pad}memcpy(y, ${total("x", place)}, ${chunk} * sizeof *y);
% if open_loops:
${pad}y += ${chunk};
% endif
% else:
${pad}${"*y++" if open_loops else "y[0]"} = x[${place}];
% endif
% for depth in reversed(range(len(open_loops))):
${"    " * (1 + depth)}}
% endfor
}
</%def>
