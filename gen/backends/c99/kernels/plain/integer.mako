<%def name="gemv(g, space)">
<% cast = "(int32_t)" if "int16" in (g.weights, g.inputs) else "" %>\
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(${g.sums}_t *sums, const ${space}${g.weights}_t (*w)[${g.rows}], const ${g.inputs}_t *x, int n)
{
% if g.rows == 1:
    ${g.sums}_t sum = 0;
    ${over("int k", "n", f"sum += {cast}w[k][0] * x[k];")}
    sums[0] += sum;
% elif g.scalar:
<%call expr="sums.in_locals(g)">\
    for (int k = 0; k < n; k++) {
        const int value = x[k];
        ${[f"sum_{r} += {cast}w[k][{r}] * value;" for r in range(g.rows)]}
    }
</%call>\
% else:
    ${g.sums}_t sum[${g.rows}] = { 0 };
    ${over("int k", "n", over("int r", g.rows, f"sum[r] += {cast}w[k][r] * x[k];"))}
    ${over("int r", g.rows, "sums[r] += sum[r];")}
% endif
}
</%def>
