<%doc>An example of use for Arduino. Needs: e (Example), speed.</%doc>\
<%namespace name="use" file="use.mako"/>\
<%! from gatesmith.backends.usage import SEQUENCE, WHOLE %>\
<%
    g, u = e.u.model, e.u
    ins = ", ".join(p.name for p in g.inputs)
    outs = ", ".join(p.name for p in g.outputs)
%>\
/* How to use ${g.name} in a sketch. ${"\n * ".join(u.sentences)}
 * Yours to change. */

#include <${e.header}>

#define SAMPLE_MS 100 /* yours: milliseconds ${'between answers' if u.feed == WHOLE else 'between samples, as in the training data'} */

${use.states(e)}
${use.reader(e)}
% for answer in u.answers:
${use.printer(e, answer, serial=True)}
% endfor
void setup()
{
    Serial.begin(${speed});
    ${g.name}${"_push" if e.pushes else ""}_reset(&model);
}

${e.p.entry}
{
${use.variables(e)}\
    ${"static size_t steps;" if u.feed == SEQUENCE else ""}

% if e.pushes:
    if (${e.reader}(${ins}) && ${g.name}_push${"_float" if g.integer else ""}(&model, ${ins}, ${outs})) {
${use.print_answers(e, "        ")}\
    }
% elif u.feed == WHOLE:
    if (${e.reader}(${ins})) {
        ${g.name}_run(&model, ${e.run});
${use.print_answers(e, "        ")}\
    }
% else:
    if (${e.reader}(${ins})) {
${use.taken(e, "        ", "return")}\
        return;
    }
${use.ended(e, "    ")}\
    steps = 0;
% endif
}
