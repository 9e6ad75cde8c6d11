<%doc>Calls of layers' functions, and of cells with their states. Needs: m (ModelView). Each is a block of
statements.</%doc>\
<%def name="function(call, inputs)" buffered="True">
% if call.cell and call.cell.steps:
for k in range(${call.times}):
    ${start(call.cell, "k")}
    for at in range(k * ${call.cell.steps}, k * ${call.cell.steps} + ${call.cell.steps}):
        ${cell(call, "at")}
    ${[copied(final.dtype, state.at.text(), final.text("k"), state.state.size) for state, final in call.cell.finals]}
% elif call.cell:
${cell(call, "")}
% elif call.times == 1:
${call.function}(${', '.join(a.text() for a in (*inputs, *call.outputs))}${m.scratch})
% else:
for k in range(${call.times}):
    ${call.function}(${', '.join(a.text("k") for a in (*inputs, *call.outputs))}${m.scratch})
% endif
</%def>
<%def name="cell(call, position)" buffered="True">
<%
    c, (y,) = call.cell, call.outputs
    to = y.text(position)
    states = [s.at.text() for s in c.states] if m.integer else ["s", *(str(s.at.index) for s in c.states)]
    step = f"{call.function}({', '.join([call.inputs[0].text(position), *states, to])}{m.scratch})"
%>
% if c.mask is None:
${step}
% else:
if ${c.mask.value(position)}:
    ${step}
else:  # a masked step: states stay
<% last = c.output if c.masked_output == "previous" else c.states[0] %>\
    ${cleared(y.dtype, to, c.frame) if c.masked_output == "zero" else copied(y.dtype, last.at.text(), to, c.frame)}
% endif
${copied(y.dtype, to, c.output.at.text(), c.frame) if c.output is not None else ""}
</%def>
<%def name="start(c, position)" buffered="True">
% for n, state in enumerate(c.states):
% if c.initial:
${copied(state.at.dtype, c.initial[n].text(position), state.at.text(), state.state.size)}
% elif not c.stateful:
${cleared(state.at.dtype, state.at.text(), state.state.size)}
% endif
% endfor
${cleared(c.output.at.dtype, c.output.at.text(), c.output.state.size) if c.output is not None else ""}
</%def>
<%def name="copied(dtype, x, y, n)" buffered="True">${m.helper("copy", dtype)}(${x}, ${y}, ${n})</%def>
<%def name="cleared(dtype, y, n)" buffered="True">${m.helper("fill", dtype)}(${y}, ${n}, 0)</%def>
