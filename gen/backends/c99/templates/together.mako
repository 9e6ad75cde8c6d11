<%doc>Layers that take turns, a row at a time. Needs: m (ModelView), group (Together).</%doc>\
<%! from gatesmith.backends.c99.turns import blocks %>\
<%def name="together(m, group)">\
    for (int t = 0; t < ${group.ticks}; t++) { /* each computes a row as soon as its input rows are ready */
% for block in blocks(group):
<% first = block.turns[0]; pad = "            " if first.when else "        " %>\
        ${f"if ({first.when}) {{" if first.when else ""}
            ${f"const {block.index} row = {first.row};" if first.when and any(v.uses_row for v in block.turns) else ""}
${"".join(capture(one, m, v, pad, "row" if first.when else "t", block.index if first.when else "int") for v in block.turns)}\
        ${"}" if first.when else ""}
% endfor
    }
</%def>
<%def name="one(m, v, pad, row, kind)">\
<% turn = v.turn; walk = turn.walk %>\
% if walk.call == "pointers":
<% tests, taken = v.outside, v.taken(0, "at") %>\
${pad}{ /* ${remark(turn.layer)} */
${pad}    enum { taps = ${walk.kernel}, stride = ${walk.stride}, dilation = ${walk.dilation}, padding = ${walk.left} };
${pad}    const ${v.source} *rows[taps];
${pad}    for (int i = 0; i < taps; i++) {
${[f"{pad}        const {v.index} at = {row} * stride + i * dilation - padding;"] if tests or taken != v.taken(0, "") else []}
${pad}        rows[i] = ${f"{' || '.join(tests)} ? NULL : {taken}" if tests else taken};
${pad}    }
${listed(pad + "    ", f"{v.base}_row", ["rows", v.output(row), *v.scratch])};
${pad}}
% elif walk.call == "fold":
${listed(pad, f"{v.base}_fold", [v.taken(0, row), v.output(row), *v.scratch, row if kind == v.index else f"({v.index}){row}"])};
% elif m.each(turn.call):
${listed(pad, m.each(turn.call), v.whole(row))}; /* ${remark(turn.layer)} */
% elif turn.call.times == 1:
${listed(pad, turn.call.function, v.positions(row))};
% else:
${pad}for (${v.index} k = 0; k < ${turn.call.times}; k++) { /* ${remark(turn.layer)} */
${listed(pad + "    ", turn.call.function, v.positions(row))};
${pad}}
% endif
</%def>
