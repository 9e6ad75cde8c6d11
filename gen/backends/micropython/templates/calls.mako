<%doc>Calls of layers' functions, and of cells with their states. Needs: m (ModelView). Each is a block of
statements.</%doc>\
<%def name="function(call, inputs)" buffered="True">
% if call.cell and call.cell.steps:
for k in range(${call.times}):
    ${start(call.cell, "k")}
    for at in range(k * ${call.cell.steps}, k * ${call.cell.steps} + ${call.cell.steps}):
        ${cell(call, "at")}
% for state, final in call.cell.finals:
    ${m.helper("copy", final.dtype)}(${state.at.text()}, ${final.text("k")}, ${state.state.size})
% endfor
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
    to, copy = y.text(position), m.helper("copy", y.dtype)
    states = [s.at.text() for s in c.states] if m.integer else ["s", *(str(s.at.index) for s in c.states)]
    step = f"{call.function}({', '.join([call.inputs[0].text(position), *states, to])}{m.scratch})"
%>
% if c.mask is None:
${step}
% else:
if ${c.mask.value(position)}:
    ${step}
else:  # a masked step: states stay
% if c.masked_output == "zero":
    ${m.helper("fill", y.dtype)}(${to}, ${c.frame}, 0)
% else:
    ${copy}(${(c.output if c.masked_output == "previous" else c.states[0]).at.text()}, ${to}, ${c.frame})
% endif
% endif
% if c.output is not None:
${copy}(${to}, ${c.output.at.text()}, ${c.frame})
% endif
</%def>
<%def name="start(c, position)" buffered="True">
% for n, state in enumerate(c.states):
% if c.initial:
${m.helper("copy", state.at.dtype)}(${c.initial[n].text(position)}, ${state.at.text()}, ${state.state.size})
% elif not c.stateful:
${m.helper("fill", state.at.dtype)}(${state.at.text()}, ${state.state.size}, 0)
% endif
% endfor
% if c.output is not None:
${m.helper("fill", c.output.at.dtype)}(${c.output.at.text()}, ${c.output.state.size}, 0)
% endif
</%def>
