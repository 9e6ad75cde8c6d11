<%doc>An example of use. Needs: g (Generated).</%doc>\
<%
    ins = ", ".join(p.name for p in g.inputs)
    first = g.outputs[0].name
    answer = f"answer.{first}" if len(g.outputs) > 1 else "answer"
%>\
"""How to use ${g.name} on a board that runs MicroPython. Yours to change."""

import ${g.name}

try:
    from machine import Pin

    led = Pin("LED", Pin.OUT)  # a name that many boards have; elsewhere a number, as Pin(2, Pin.OUT)
except (ImportError, ValueError, TypeError, AttributeError):
    led = None

model = ${g.name}.Model()
% if g.rate:
answer = None
for step in range(${max(next((a.length for a in g.axes if a.length), 10), g.rate.first)}):
    # Your sensor's values of this time step go here.
% for port in g.inputs:
    ${port.name} = [0.0] * ${port.frame}
% endfor
    ready = model.step(${ins})  # None where there is no answer yet
    answer = answer if ready is None else ready
% elif g.causal and g.axes:
for step in range(${next((a.length for a in g.axes if a.length), 10)}):
    # Your sensor's values of this time step go here.
% for port in g.inputs:
    ${port.name} = [0.0] * ${port.frame}
% endfor
    answer = model.step(${ins})
% elif g.causal:
# Your values go here.
% for port in g.inputs:
${port.name} = [0.0] * ${port.frame}
% endfor
answer = model.step(${ins})
% else:
# Your values go here: sequences flat, one step after the other.
% for port in g.inputs:
<% steps = (g.axes[port.axis].fixed or g.axes[port.axis].length or 10) if port.axis is not None else 1 %>\
${port.name} = [0.0] * ${f"({port.frame} * {steps})" if port.axis is not None else port.frame}
% endfor
answer = model.predict(${ins})
% endif

values = list(${answer})
print("answer", values)
if led is not None:
% if g.outputs[0].step == 1:
    led.value(values[-1] > 0.5)  # on above a threshold, which is yours to choose
% else:
    led.value(values.index(max(values)) == 0)  # on when the first value is the largest
% endif
