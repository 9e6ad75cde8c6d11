<%doc>An example of use for Arduino. Needs: e (Example), speed.</%doc>\
<%namespace name="use" file="use.mako"/>\
<%!
    from gatesmith.backends.c99.literals import ctype
    from gatesmith.backends.names import quoted
    from gatesmith.backends.usage import BINARY, CLASSES, LABELS, SEQUENCE, WHOLE
%>\
<%
    g, u = e.u.model, e.u
    ins = ", ".join(p.name for p in g.inputs)
    outs = ", ".join(p.name for p in g.outputs)
%>\
/* How to use ${g.name} in a sketch. ${"\n * ".join(u.told)}
 * Yours to change. */

#include <${e.header}>

#define SAMPLE_MS 100 /* yours: milliseconds ${'between answers' if u.feed == WHOLE else 'between samples, as in the training data'} */

${use.states(e)}
${use.reader(e)}
% for answer in u.answers:
/* Print an answer. */
static void print_${answer.port.name}(const ${ctype(answer.port.dtype)} *y)
{
% if len(u.answers) > 1:
    Serial.print(${quoted(answer.port.title + ": ")});
% endif
% if answer.task == CLASSES:
${use.best(e, answer)}\
% if answer.names:
    Serial.print(${answer.port.name}_names[best]);
% else:
    Serial.print("class ");
    Serial.print(best);
% endif
% if answer.shares:
    Serial.print(' ');
    Serial.print(${e.value(answer, "best")}, 2);
% endif
% elif answer.task == BINARY:
    const float share = ${e.value(answer, "0")};

    Serial.print(${answer.port.name}_names[share > 0.5f]);
    Serial.print(' ');
    Serial.print(share > 0.5f ? share : 1.0f - share, 2);
% else:
    for (int k = 0; k < ${answer.values}; k++) {
        Serial.print(k > 0 ? "${", " if answer.names or len(answer.units) > 1 else " "}" : "");
% if answer.task == LABELS:
        Serial.print(${answer.port.name}_names[k]);
        Serial.print(' ');
        Serial.print(${e.value(answer, "k")}, 2);
% else:
        Serial.print(${e.value(answer, "k")}, 6);
% if len(answer.units) > 1:
        Serial.print(' ');
        Serial.print(${answer.port.name}_units[k]);
% endif
% endif
    }
% if len(answer.units) == 1:
    Serial.print(' ');
    Serial.print(${answer.port.name}_units[0]);
% endif
% endif
    Serial.println();
}

% endfor
void setup()
{
    Serial.begin(${speed});
    ${g.name}${"_push" if e.pushes else ""}_reset(&model);
}

${e.p.entry}
{
${use.variables(e)}\
% if u.feed == SEQUENCE:
    static size_t steps;
% endif

% if e.pushes:
    if (${e.reader}(${ins}) && ${g.name}_push${"_float" if g.integer else ""}(&model, ${ins}, ${outs})) {
${use.told(e, "        ")}\
    }
% elif u.feed == WHOLE:
    if (${e.reader}(${ins})) {
        ${g.name}_run(&model, ${e.run});
${use.told(e, "        ")}\
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
