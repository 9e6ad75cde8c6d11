<%doc>Layers that take turns, row by row. Needs: m (ModelView), group (TurnGroup).</%doc>\
<%def name="together(m, group)">\
    for (int t = 0; t < ${group.ticks}; t++) { /* each computes a row as soon as its input rows are ready */
% for block in group.blocks:
<% first = block.turns[0]; pad = "            " if first.when else "        " %>\
        ${f"if ({first.when}) {{" if first.when else ""}
            ${f"const {block.index} row = {first.row};" if first.when and any(v.uses_row for v in block.turns) else ""}
${"".join(capture(one, m, v, pad, "row" if first.when else "t", block.index if first.when else "int") for v in block.turns)}\
        ${"}" if first.when else ""}
% endfor
    }
</%def>
<%def name="one(m, v, pad, row, kind)">\
<% call = v.call; walk = v.turn.walk %>\
% if walk.call == "pointers":
<% tests, taken = v.outside, v.taken(0, "at") %>\
${pad}{ /* ${remark(v.turn.node.layer)} */
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
% elif m.each(call):
${listed(pad, m.each(call), v.whole(row))}; /* ${remark(v.turn.node.layer)} */
% elif call.times == 1:
${listed(pad, call.function, v.positions(row))};
% else:
${pad}for (${v.index} k = 0; k < ${call.times}; k++) { /* ${remark(v.turn.node.layer)} */
${listed(pad + "    ", call.function, v.positions(row))};
${pad}}
% endif
</%def>
