<%doc>An example of use. Needs: u (Usage).</%doc>\
<%! from gatesmith.backends.usage import BINARY, CLASSES, LABELS, SEQUENCE, STREAM, WHOLE, WINDOW %>\
<%
    g = u.model
    ins = ", ".join(p.name for p in g.inputs)
    reader = "inputs" if u.feed == WHOLE else "samples"
    lead = u.answers[0]
    taken = ins if len(g.inputs) == 1 else f"({ins})"
    sequences = [port for port in g.inputs if u.gathered(port)]
    begun = [f"{port.name}_steps = []  # values, one step after the other" for port in sequences]
    extended = [f"{port.name}_steps.extend({port.name})" for port in sequences]
    cleared = [f"{port.name}_steps.clear()" for port in sequences]
    whole = ", ".join(f"{p.name}_steps" if p in sequences else p.name for p in g.inputs)
    def rows(answer):
        return answer.port.axis is not None and u.feed != STREAM and not u.at_each_step or answer.rows > 1
    sole = len(u.answers) == 1 and not rows(lead)
    def zeros(port):
        many = f" * {g.lengths[port.axis]}" if u.feed == WHOLE and port.axis is not None else ""
        return f"[0.0] * {u.sample(port)}" if not many else f"[0.0] * ({u.sample(port)}{many})"
%>\
"""How to use ${g.name} on a board that runs MicroPython.

${"\n".join(u.sentences)}
Yours to change."""

import ${g.name}

try:
    from machine import Pin

    led = Pin("LED", Pin.OUT)  # a name that many boards have; elsewhere a number, as Pin(2, Pin.OUT)
except (ImportError, ValueError, TypeError, AttributeError):
    led = None
% if u.feed == WINDOW:

WINDOW = ${u.window}  # samples of a window, as the model was trained
% endif
<% tables = [(f"{a.port.name.upper()}_{kind}", w) for a in u.answers for kind, w in (("NAMES", a.names), ("UNITS", a.units)) if w] %>\
${[f"{name} = ({', '.join(map(ascii, words))},)" for name, words in tables]}


def ${reader}():
    """Yours: ${"all inputs, for each answer" if u.feed == WHOLE else "the sensor's samples, one after the other"}${"; None at the end of a sequence" if u.feed == SEQUENCE else ""}. Here zeros, for ${"one answer" if u.feed != STREAM else "the first answer"}."""
% if u.feed == WHOLE:
    yield ${", ".join(zeros(port) for port in g.inputs)}
% else:
    for _ in range(${u.window or (g.rate.first if g.rate else g.lengths[0])}):
        yield ${", ".join(zeros(port) for port in g.inputs)}
    ${"yield None" if u.feed == SEQUENCE else ""}
% endif
% for answer in u.answers:
<% name = answer.port.name %>\


def ${"show" if sole else f"show_{name}"}(${"answer" if sole else "values"}):
    """Print an answer${", and switch the LED" if answer is lead else ""}."""
    ${"values = list(answer)" if sole else ""}
<% said = f"{ascii(answer.port.title + ':')}, " if len(u.answers) > 1 else "" %>\
% if answer.task == CLASSES:
    best = values.index(max(values))
    print(${said}${f"{name.upper()}_NAMES[best]" if answer.names else '"class", best'}${', "%.2f" % values[best]' if answer.shares else ""})
% elif answer.task == BINARY:
    share = values[0]
    print(${said}${name.upper()}_NAMES[share > 0.5], "%.2f" % (share if share > 0.5 else 1 - share))
% elif answer.task == LABELS:
    print(${said}", ".join("%s %.2f" % pair for pair in zip(${name.upper()}_NAMES, values)))
% elif len(answer.units) > 1:
    print(${said}", ".join("${answer.number} %s" % pair for pair in zip(values, ${name.upper()}_UNITS)))
% else:
    print(${said}" ".join("${answer.number}" % value for value in values)${f", {name.upper()}_UNITS[0]" if answer.units else ""})
% endif
<%
    lit = "values.index(max(values)) == 0)  # on if the first value is the largest"
    lit = "values[0] > 0.5)  # on above a threshold, which is yours to choose" if answer.values == 1 else lit
    lit = "best == 0)  # on if it is the first class" if answer.task == CLASSES else lit
%>\
    ${["if led is not None:", f"    led.value({lit}"] if answer is lead else []}
% endfor
% if not sole:


def show(answer):
    """Print all answers of a call."""
% for answer in u.answers:
<% values = f"answer.{answer.port.name}" if len(u.answers) > 1 else "answer" %>\
% if rows(answer):
    flat = list(${values})
    for k in range(0, len(flat), ${answer.values}):
        show_${answer.port.name}(flat[k : k + ${answer.values}])
% else:
    show_${answer.port.name}(list(${values}))
% endif
% endfor
% endif


model = ${g.name}.Model()
% if u.feed == WHOLE:
for ${taken} in ${reader}():
    show(model.predict(${ins}))
% elif u.feed == STREAM:
for ${taken} in ${reader}():
    answer = model.step(${ins})
    if answer is not None:
        show(answer)
% if g.rate.finishes:
while (answer := model.finish()) is not None:  # what was still to come
    show(answer)
% endif
% elif u.feed == WINDOW:
${in_lines([] if u.stepped else begun)}\
count = 0
for ${taken} in ${reader}():
    ${f"answer = model.step({ins})" if u.stepped else extended}
    count += 1
    if count == WINDOW:
        ${["show(answer)", "model.reset()  # the next sample is the first of a window"] if u.stepped else [f"show(model.predict({whole}))", *cleared]}
        count = 0
% elif g.causal:
count = 0
for sample in ${reader}():
    if sample is not None:
        answer = model.step(${"sample" if len(g.inputs) == 1 else "*sample"})
        count += 1
% if u.at_each_step:
        show(answer)
% else:
    elif count:
        show(answer)
% endif
% if not u.stateful:
    if sample is None:
        model.reset()  # the next sequence begins anew
        count = 0
% endif
% else:
${in_lines(begun)}\
for sample in ${reader}():
    if sample is not None:
        ${ins} = sample
        ${extended}
    elif ${sequences[0].name}_steps:
        show(model.predict(${whole}))
        ${cleared}
% endif
