<%doc>Zeros around axes, or ends cut off. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import times, total %>\
<%def name="define(f)">\
<%
    op, given, made = f.op, f.ins[0], f.outs[0]
    axes = len(op.ends)
    rest = f.size(given[axes:])
    before, behind = zip(*op.ends)
    words = ("plane", "row")[3 - axes:]
    taken = (given[axes - 1] - max(0, -before[-1]) - max(0, -behind[-1])) * rest
    front, back = max(0, before[-1]) * rest, max(0, behind[-1]) * rest
    skipped = max(0, -before[-1]) * rest
    width = made[axes - 1] * rest
    at = total(*(times(total(word, -before[axis]), f.size(given[axis + 1:])) for axis, word in enumerate(words)), skipped)
    outside = " || ".join(
        test
        for axis, word in enumerate(words)
        for test, needed in (
            (f"{word} < {before[axis]}", before[axis] > 0),
            (f"{word} >= {given[axis] + before[axis]}", behind[axis] > 0),
        )
        if needed
    )
    pad = "    " * (1 + len(words))
    zero = op.zero if f.types_in[0] != "float" else 0
    inner = pad + ("    " if outside else "")
%>\
/* ${", ".join(f"{a} in front and {b} behind" for a, b in op.ends)}, axis by axis${"; a negative number is cut off" if min(min(e) for e in op.ends) < 0 else ""}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
% for axis, word in enumerate(words):
${"    " * (1 + axis)}for (${f.index} ${word} = 0; ${word} < ${made[axis]}; ${word}++) {
% endfor
% if outside:
${pad}if (${outside}) {
${pad}    memset(y, ${zero}, ${width} * sizeof *y);
${pad}} else {
% endif
% if front:
${inner}memset(y, ${zero}, ${front} * sizeof *y);
% endif
${inner}memcpy(y${f" + {front}" if front else ""}, ${total("x", at)}, ${taken} * sizeof *y);
% if back:
${inner}memset(y + ${front + taken}, ${zero}, ${back} * sizeof *y);
% endif
% if outside:
${pad}}
% endif
% if words:
${pad}y += ${width};
% endif
% for axis in reversed(range(len(words))):
${"    " * (1 + axis)}}
% endfor
}
</%def>
