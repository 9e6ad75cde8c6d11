<%doc>Shared by layers that multiply an input and a state: tables, sums, arguments of gates. Needs: f (the function
being written), b (Blocks), kernel and recurrent (Weights or MatrixParts), h (the state that is
multiplied).</%doc>\
<%def name="tables(f, b, rows, *matrices)">\
/* ${f.layout_comment(rows + (" of each unit" if b.units > 1 else " of the unit"), *matrices)} */
% for matrix in matrices:
${matrix.definition}
% endfor
</%def>
<%def name="sums(f, kernel, recurrent, h='h')">\
% if f.integer:
${kernel.sums} now[${kernel.blocks.rows}];
${recurrent.sums} past[${recurrent.blocks.rows}];
${f.start(now=kernel, past=recurrent)}
${kernel.multiply("now", "x", f"{f.up}_INPUTS")}
${recurrent.multiply("past", h, f"{f.up}_UNITS")}
% else:
${f.begun("now", kernel.bias, kernel, "x")}
${f.begun("past", recurrent.bias, recurrent, h)}
% endif
</%def>
<%def name="arguments(f, b, kernel, recurrent, h='h')">\
% if f.integer:
${sums(f, kernel, recurrent, h)}\
${joined(f, b, kernel, recurrent, b.gates)}\
% else:
${f.begun("gate", kernel.bias, kernel, "x")}
${recurrent.multiply("gate", h)}
% endif
</%def>
<%doc>Sums in integers, or arguments in floats.</%doc>\
<%def name="begun(f, b, kernel, recurrent, h='h')">\
${sums(f, kernel, recurrent, h) if f.integer else arguments(f, b, kernel, recurrent, h)}\
</%def>
<%def name="joined(f, b, kernel, recurrent, gates, unit=None)">\
int32_t gate[${gates * b.units}];
% for start, stop, part in f.runs(b, kernel, recurrent, gates=gates):
${f.over_rows(start, stop, lambda row: capture(one, f, kernel, recurrent, row, part, unit), f.op.gates[part])}
% endfor
</%def>
<%def name="one(f, kernel, recurrent, row, part, unit)">\
<% gate = f.value(f"gate[{row}]") %>\
${f.joined(gate, kernel.result("now", row, part), recurrent.result("past", row, part))}
${f"{gate} = {f.unit(unit, gate)};" if unit and not unit.identity else ""}
</%def>
