<%doc>Values repeated along axes. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    axes = len(op.factors)
    rest = f.size(f.ins[0][axes:])
    words = ("plane", "row", "column")[3 - axes:]
    place = " + ".join(f"{word} / {by} * {f.size(f.ins[0][axis + 1:])}" for axis, (word, by) in enumerate(zip(words, op.factors)))
%>\
/* Each value ${" x ".join(map(str, op.factors))} times. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% for word, n in zip(words, f.outs[0]):
for (${f.index} ${word} = 0; ${word} < ${n}; ${word}++) {
% endfor
memcpy(y, x + ${place}, ${rest} * sizeof *y);
y += ${rest};
${"}\n" * axes}\
}
</%def>
