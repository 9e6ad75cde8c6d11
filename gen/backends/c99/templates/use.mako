<%doc>Shared by the examples in C. Needs: e (Example).</%doc>\
<%!
    from gatesmith.backends.names import quoted
    from gatesmith.backends.usage import BINARY, CLASSES, LABELS, SEQUENCE, WHOLE
%>\
<%def name="parameters(e)">${", ".join(f"{e.reader_type(port)} {port.name}[{e.size(port)}]" for port in e.u.model.inputs)}</%def>\
<%def name="states(e)">\
<% tables = [(f"{a.port.name}_{kind}", w) for a in e.u.answers for kind, w in (("names", a.names), ("units", a.units)) if w] %>\
static ${e.u.model.name}${"_push" if e.pushes else ""}_t model;
${[f"static const char *const {name}[{len(words)}] = {{{', '.join(map(quoted, words))}}};" for name, words in tables]}
</%def>\
<%def name="reader(e)">\
% if e.p.reads:
/* ${"All inputs" if e.u.feed == WHOLE else "The next sample"}: numbers on standard input, between blanks or commas.${" An empty line ends a sequence." if e.u.feed == SEQUENCE else ""}
 * Returns 1; or 0 ${"at the end of a sequence" if e.u.feed == SEQUENCE else "if there are no more"}. */
% else:
/* Yours: ${"all inputs, in the order of x.ravel()" if e.u.feed == WHOLE else "the sensor's next sample"}, here zeros. Returns 1; or 0 ${"at the end of a sequence" if e.u.feed == SEQUENCE else "if there is none"}. */
% endif
static int ${e.reader}(${parameters(e)})
{
${f"    {e.p.wait}\n" if e.p.wait else ""}\
% if e.p.reads and e.u.feed == SEQUENCE:
    int c = getchar();

    while (c == ' ' || c == '\t' || c == '\r') {
        c = getchar();
    }
    if (c == '\n' || c == EOF) {
        return 0;
    }
    ungetc(c, stdin);
% endif
% for port in e.u.model.inputs:
    for (size_t k = 0; k < ${e.size(port)}; k++) {
% if not e.p.reads:
        ${port.name}[k] = ${e.quantized(port, "0.0f", "(int)k") if not e.real(port) else "0.0f"};
% elif e.real(port):
        if (scanf("%f%*1[,;]", &${port.name}[k]) != 1) {
            return 0;
        }
% else:
        float value;

        if (scanf("%f%*1[,;]", &value) != 1) {
            return 0;
        }
        ${port.name}[k] = ${e.quantized(port, "value", "(int)k")};
% endif
    }
% endfor
% if e.p.reads and e.u.feed == SEQUENCE:
    do {
        c = getchar();
    } while (c != '\n' && c != EOF);
% endif
    return 1;
}
</%def>\
<%doc>The statements that print an answer: by printf, or by Arduino's Serial with one call per item.</%doc>\
<%def name="printer(e, answer, serial=False)">\
<%
    name, many = answer.port.name, len(answer.units) > 1
    title = quoted(answer.port.title + ": ") if len(e.u.answers) > 1 else '""'
    head = "" if serial else title[1:-1].replace("%", "%%")
    comma = ", " if many or (answer.names if serial else answer.task == LABELS) else " "
    first = ("%s", f'k > 0 ? "{comma}" : ""')

    def number(value, form="%.2f"):
        return (form, f"{value}, {2 if form == '%.2f' else 6}") if serial else (form, f"(double){value}")

    def said(pad, pieces):
        """The statements that print texts, and values by their formats."""
        if serial:
            known = {" ": "print(' ')", r"\n": "println()"}
            calls = [f"print({p[1]})" if isinstance(p, tuple) else known.get(p, f'print("{p}")') for p in pieces if p]
            return "\n".join(f"{pad}Serial.{call};" for call in calls)
        values = [each[1] for each in pieces if isinstance(each, tuple)]
        form = "".join(each if isinstance(each, str) else each[0] for each in pieces)
        return f"{pad}printf({', '.join([chr(34) + form + chr(34), *values])});"
%>\
/* Print an answer. */
static void print_${name}(const ${ctype(answer.port.dtype)} *y)
{
    ${f"Serial.print({title});" if serial and title != '""' else ""}
% if answer.task == CLASSES:
    int best = 0;

<% more = f"{e.value(answer, 'k')} > {e.value(answer, 'best')}" if answer.port.format.features else "y[k] > y[best]" %>\
    ${over("int k", answer.values, f"best = {more} ? k : best;", start=1)}
<% what = [("%s", f"{name}_names[best]")] if answer.names else ["class ", ("%d", "best")] %>\
${said("    ", [head, *what, *([" ", number(e.value(answer, "best"))] if answer.shares else []), r"\n"])}
% elif answer.task == BINARY:
    const float share = ${e.value(answer, "0")};

<% share = "share > 0.5f ? share : 1.0f - share" %>\
${said("    ", [head, ("%s", f"{name}_names[share > 0.5f]"), " ", number(share if serial else f"({share})"), r"\n"])}
% else:
${[said("    ", [head])] if head else []}
    for (int k = 0; k < ${answer.values}; k++) {
<%
    value = e.value(answer, "k")
    label = [("%s", f"{name}_names[k]"), " ", number(value)]
    unit = [" ", ("%s", f"{name}_units[k]")] if many else []
%>\
${said("        ", [first, *(label if answer.task == LABELS else [number(value, answer.number), *unit])])}
    }
${said("    ", [*([" ", ("%s", f"{name}_units[0]")] if len(answer.units) == 1 else []), r"\n"])}
% endif
}
</%def>\
<%def name="variables(e)">\
<%
    g, sequence = e.u.model, e.u.feed == SEQUENCE

    def variable(port, kind, size):
        if e.u.feed == WHOLE and port.in_arena:
            return f"{ctype(port.dtype)} *const {port.name} = {g.name}_own_{port.name}(&model);"
        return f"static {kind} {port.name}[{size}];"

    def beside(port):
        """A sample in integers, or all samples."""
        sizes = [e.size(port), *([e.most] if port.axis is not None and not g.causal else [])]
        return f"static {ctype(port.dtype)} {'q' if g.causal else 'all'}_{port.name}[{' * '.join(sizes)}];"
%>\
    ${[variable(port, e.reader_type(port), e.size(port)) for port in g.inputs]}
    ${[beside(port) for port in g.inputs if sequence and (g.integer or not g.causal)]}
    ${[variable(port, ctype(port.dtype), e.room(port)) for port in g.outputs]}
</%def>\
<%def name="taken(e, pad, leave)">\
<%
    g = e.u.model
    behind = {port: f"steps * {e.size(port)} + " if port.axis is not None else "" for port in g.inputs}
    to = {port: f"q_{port.name}[k]" if g.causal else f"all_{port.name}[{behind[port]}k]" for port in g.inputs}
    given = ", ".join([f"{'q_' if g.integer else ''}{p.name}" for p in g.inputs] + [p.name for p in g.outputs])
%>\
% if not g.causal:
${pad}if (steps == ${e.most}) {
${pad}    ${leave}; /* the model takes no more steps */
${pad}}
% endif
% for port in g.inputs if g.integer or not g.causal else ():
${pad}for (size_t k = 0; k < ${e.size(port)}; k++) {
${pad}    ${to[port]} = ${e.quantized(port, f"{port.name}[k]", "(int)k")};
${pad}}
% endfor
${[f"{pad}{g.name}_step(&model, {given});"] if g.causal else []}
${pad}steps++;
${print_answers(e, pad) if e.u.at_each_step else ""}\
</%def>\
<%def name="ended(e, pad)">\
<% g = e.u.model %>\
% if not e.u.at_each_step:
${pad}if (steps > 0) {
${[f"{pad}    {g.name}_run(&model, {e.run});"] if not g.causal else []}
${print_answers(e, pad + "    ")}\
${pad}}
% endif
${[f"{pad}{g.name}_reset(&model); /* before the next sequence */"] if g.causal and not e.u.stateful else []}
</%def>\
<%def name="print_answers(e, pad)">\
% for answer in e.u.answers:
<% count, step = e.count(answer), answer.values %>\
% if count == "1":
${pad}print_${answer.port.name}(${answer.port.name});
% else:
${pad}for (size_t k = 0; k < ${count}; k++) {
${pad}    print_${answer.port.name}(${answer.port.name} + k * ${step});
${pad}}
% endif
% endfor
</%def>\
