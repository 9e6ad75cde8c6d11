<%! from gatesmith.backends.c99.windows import index, moved %>\
<%
    op, input_shape, output_shape = f.op, f.ins[0], f.outs[0]
    axes = len(op.ends)
    rest = f.size(input_shape[axes:])
    before, behind = zip(*op.ends)
    words = ("plane", "row")[3 - axes:]
    skipped = max(0, -before[-1]) * rest
    taken = input_shape[axes - 1] * rest - skipped - max(0, -behind[-1]) * rest
    front, back = max(0, before[-1]) * rest, max(0, behind[-1]) * rest
    row = index([moved(word, -by) for word, by in zip(words, before)], input_shape)
    at = moved(f"x + ({row}) * {input_shape[axes - 1] * rest}" if words else "x", skipped)
    low = [f"{word} < {by}" for word, by in zip(words, before) if by > 0]
    high = [f"{word} >= {n + by}" for word, n, by, end in zip(words, input_shape, before, behind) if end > 0]
    zero = op.zero if f.types_in[0] != "float" else 0
%>\
<%frame:whole note="${', '.join('%d in front and %d behind' % ends for ends in op.ends)}, axis by axis${'; a negative number is cut off' if min(min(e) for e in op.ends) < 0 else ''}.">
${[f"for ({f.index} {word} = 0; {word} < {n}; {word}++) {{" for word, n in zip(words, output_shape)]}
% if low or high:
if (${" || ".join(low + high)}) {
memset(y, ${zero}, ${output_shape[axes - 1] * rest} * sizeof *y);
} else {
% endif
${f"memset(y, {zero}, {front} * sizeof *y);" if front else ""}
memcpy(${moved("y", front)}, ${at}, ${taken} * sizeof *y);
${f"memset(y + {front + taken}, {zero}, {back} * sizeof *y);" if back else ""}
${"}" if low or high else ""}
${f"y += {output_shape[axes - 1] * rest};" if words else ""}
${"}\n" * len(words)}\
</%frame:whole>
