<%def name="gemv(g, space)">
<% cast = "(int32_t)" if g.inputs == "int16" else "" %>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s one after the other' if g.rows > 1 else ''}. */
% if g.inputs == "int8":
#if defined(__AVR__)
__attribute__((optimize("O2"))) /* -Os calls a function for each product */
#endif
% endif
static void ${g.name}(${g.sums}_t *sums, const ${space}${g.weights}_t *w, const ${g.inputs}_t *x, int n)
{
    for (int r = 0; r < ${g.rows}; r++) {
        ${g.sums}_t sum = 0;
        const ${g.inputs}_t *from = x;
        for (int k = n; k > 0; k--) {
            sum += ${cast}*w++ * *from++;
        }
        sums[r] += sum;
    }
}
</%def>
