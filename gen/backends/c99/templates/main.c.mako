<%doc>An example of use. Needs: e (Example).</%doc>\
<%namespace name="use" file="use.mako"/>\
<%! from gatesmith.backends.usage import WHOLE, WINDOW %>\
<%
    g, u = e.u.model, e.u
    ins = ", ".join(p.name for p in g.inputs)
    outs = ", ".join(p.name for p in g.outputs)
%>\
/* How to use ${g.name}. ${"\n * ".join(u.sentences)}
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

${[f"#include <{header}>" for header in e.p.includes]}
#include "${e.header}"${f" /* {e.up}_HOP, defined before, lets windows overlap */" if u.feed == WINDOW and not u.stateful else ""}

% if e.p.wait:
#define SAMPLE_MS 100 /* yours: milliseconds ${'between answers' if u.feed == WHOLE else 'between samples, as in the training data'} */

% endif
${use.states(e)}
${use.reader(e)}
% for answer in u.answers:
${use.printer(e, answer)}
% endfor
${e.p.entry}
{
${use.variables(e)}
    ${g.name}${"_push" if e.pushes else ""}_reset(&model);
% if e.pushes:
    while (${e.reader}(${ins})) {
        if (${g.name}_push${"_float" if g.integer else ""}(&model, ${ins}, ${outs})) {
${use.print_answers(e, "            ")}\
        }
    }
% if g.rate and g.rate.finishes:
    while (${g.name}_finish(&model.state, ${outs})) { /* the remaining outputs */
${use.print_answers(e, "        ")}\
    }
% endif
% elif u.feed == WHOLE:
    while (${e.reader}(${ins})) {
        ${g.name}_run(&model, ${e.run});
${use.print_answers(e, "        ")}\
    }
% else:
    ${"do" if e.p.reads else "for (;;)"} {
        size_t steps = 0;

        while (${e.reader}(${ins})) {
${use.taken(e, "            ", "continue")}\
        }
${use.ended(e, "        ")}\
    }${" while (!feof(stdin));" if e.p.reads else ""}
% endif
    ${"return 0;" if e.p.entry.startswith("int") else ""}
}
