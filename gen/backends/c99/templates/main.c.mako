<%doc>An example of use. Needs: e (Example).</%doc>\
<%namespace name="use" file="use.mako"/>\
<%!
    from gatesmith.backends.c99.literals import ctype, literal
    from gatesmith.backends.names import quoted, remark
    from gatesmith.backends.usage import BINARY, CLASSES, LABELS, SEQUENCE, STREAM, WHOLE, WINDOW
%>\
<%
    g, u = e.u.model, e.u
    ins = ", ".join(p.name for p in g.inputs)
    outs = ", ".join(p.name for p in g.outputs)
%>\
/* How to use ${g.name}. ${"\n * ".join(u.told)}
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

% for header in e.p.includes:
#include <${header}>
% endfor
#include "${e.header}"${f" /* {e.up}_HOP, defined before, lets windows overlap */" if u.feed == WINDOW and not u.stateful else ""}

% if e.p.wait:
#define SAMPLE_MS 100 /* yours: milliseconds ${'between answers' if u.feed == WHOLE else 'between samples, as in the training data'} */

% endif
${use.states(e)}
${use.reader(e)}
% for answer in u.answers:
<% title = f"{quoted(answer.port.title)[1:-1].replace('%', '%%')}: " if len(u.answers) > 1 else "" %>\
/* Print an answer. */
static void print_${answer.port.name}(const ${ctype(answer.port.dtype)} *y)
{
% if answer.task == CLASSES:
${use.best(e, answer)}\
<% what, name = ("%s", f"{answer.port.name}_names[best]") if answer.names else ("class %d", "best") %>\
% if answer.shares:
    printf("${title}${what} %.2f\n", ${name}, (double)${e.value(answer, "best")});
% else:
    printf("${title}${what}\n", ${name});
% endif
% elif answer.task == BINARY:
    const float share = ${e.value(answer, "0")};

    printf("${title}%s %.2f\n", ${answer.port.name}_names[share > 0.5f], (double)(share > 0.5f ? share : 1.0f - share));
% else:
% if title:
    printf("${title}");
% endif
    for (int k = 0; k < ${answer.values}; k++) {
% if answer.task == LABELS:
        printf("%s%s %.2f", k > 0 ? ", " : "", ${answer.port.name}_names[k], (double)${e.value(answer, "k")});
% elif len(answer.units) > 1:
        printf("%s${answer.number} %s", k > 0 ? ", " : "", (double)${e.value(answer, "k")}, ${answer.port.name}_units[k]);
% else:
        printf("%s${answer.number}", k > 0 ? " " : "", (double)${e.value(answer, "k")});
% endif
    }
    printf("${" %s" if len(answer.units) == 1 else ""}\n"${f", {answer.port.name}_units[0]" if len(answer.units) == 1 else ""});
% endif
}

% endfor
${e.p.entry}
{
${use.variables(e)}
    ${g.name}${"_push" if e.pushes else ""}_reset(&model);
% if e.pushes:
    while (${e.reader}(${ins})) {
        if (${g.name}_push${"_float" if g.integer else ""}(&model, ${ins}, ${outs})) {
${use.told(e, "            ")}\
        }
    }
% if g.rate and g.rate.finishes:
    while (${g.name}_finish(&model.state, ${outs})) { /* the remaining outputs */
${use.told(e, "        ")}\
    }
% endif
% elif u.feed == WHOLE:
    while (${e.reader}(${ins})) {
        ${g.name}_run(&model, ${e.run});
${use.told(e, "        ")}\
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
% if e.p.entry.startswith("int"):
    return 0;
% endif
}
