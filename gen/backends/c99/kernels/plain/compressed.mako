<%def name="gemv(g, space)">
<%
    whole = g.sums != "float32"
    stored = "uint8_t" if whole else "float"
    sums = "int32_t" if whole else "float"
    inputs = f"{g.inputs}_t" if whole else "float"
    cast = "(int32_t)" if g.inputs == "int16" else ""
    number = "*w++" if whole else "(int)*w++"
    weight = f"{cast}(int8_t)*w++" if whole else "*w++"
    place = f"{g.count} * {number}" if g.count > 1 else number
%>\
/* ${"sums" if whole else "acc"}[r] += sum of w[k][r] * x[k] over runs of ${g.count} input${"s" if g.count > 1 else ""} whose weights are not ${"all " if g.count > 1 else ""}0. */
static void ${g.name}(${sums} *${"sums" if whole else "acc"}, const ${space}${stored} *w, const ${inputs} *x)
{
    for (int r = 0; r < ${g.rows}; r++) {
        ${sums} sum = ${"0" if whole else "0.0f"};
        for (int runs = ${number}; runs > 0; runs--) {
            const ${inputs} *from = x + ${place};
            ${[f"sum += {weight} * from[{k}];" for k in range(g.count)]}
        }
        ${"sums" if whole else "acc"}[r] += sum;
    }
}
</%def>
