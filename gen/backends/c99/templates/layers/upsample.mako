<%doc>Values repeated along axes. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import times, total %>\
<%def name="define(f)">\
<%
    op, given, made = f.op, f.ins[0], f.outs[0]
    axes = len(op.factors)
    rest = f.size(given[axes:])
    words = ("plane", "row", "column")[3 - axes:]
    pad = "    " * (1 + axes)
    at = " + ".join(
        times(word if by == 1 else f"{word} / {by}", f.size(given[axis + 1:])) for axis, (word, by) in enumerate(zip(words, op.factors))
    )
%>\
/* Each value ${" x ".join(map(str, op.factors))} times. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% for axis, word in enumerate(words):
${"    " * (1 + axis)}for (${f.index} ${word} = 0; ${word} < ${made[axis]}; ${word}++) {
% endfor
${pad}memcpy(y, x + ${at}, ${rest} * sizeof *y);
${pad}y += ${rest};
% for axis in reversed(range(axes)):
${"    " * (1 + axis)}}
% endfor
}
</%def>
