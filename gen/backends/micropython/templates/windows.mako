<%doc>Loops over the positions of outputs and the places of a window. Needs: at (Positions), and the statements.</%doc>\
<%doc>At every position of the outputs.</%doc>\
<%def name="loops(at, body)" buffered="True">${nest("p", at.outputs, body, int(at.by_rows))}</%def>
<%doc>Nested loops over numbered variables.</%doc>\
<%def name="nest(word, counts, body, depth=0)" buffered="True">
<% inside = nest(word, counts, body, depth + 1) if depth < len(counts) else body %>\
${write.behind(f"for {word}{depth} in range({counts[depth]}):" if depth < len(counts) else "", inside)}
</%def>
<%doc>At every place of a window that exists; ``none``, if given, at every other.</%doc>\
<%def name="taps(at, body, none=None, axis=0)" buffered="True">
% if axis < len(at.windows):
<% rows = at.by_rows and axis == 0 and none is None; test = at.test(axis) if none is None and not rows else "" %>
for k${axis} in range(${"first, last" if rows else at.windows[axis].kernel}):
    t${axis} = ${at.input(axis)}
    ${write.behind(test and f"if {test}:", taps(at, body, none, axis + 1))}
% elif none is None or not at.tests:
${in_lines(body)}
% else:
${write.behind(f"if {at.tests}:", body)}${write.behind("else:", none)}
% endif
</%def>
<%doc>At every place of a transposed window from which an input reaches the output.</%doc>\
<%def name="reached(at, body, axis=0)" buffered="True">
% if axis == len(at.windows):
${in_lines(body)}
% else:
<% stride, n = at.windows[axis].stride, at.inputs[axis] %>
for k${axis} in range(${at.windows[axis].kernel}):
    t${axis} = ${at.reaching(axis)}
    if 0 <= t${axis} < ${n * stride}${f" and t{axis} % {stride} == 0" if stride > 1 else ""}:
        ${f"t{axis} //= {stride}" if stride > 1 else ""}
        ${reached(at, body, axis + 1)}
% endif
</%def>
