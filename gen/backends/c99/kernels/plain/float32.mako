<%doc>gemv of float32. Needs: g, the Product; space.</%doc>\
<%def name="gemv(g, space)">
/* acc[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(float *acc, const ${space}float (*w)[${g.rows}], const float *x, int n)
{
    float sum[${g.rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
% if g.rolled:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes scalar code of it */
#endif
% endif
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += w[k][r] * x[k];
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        acc[r] += sum[r];
    }
}
</%def>
<%def name="gemv_long(g, space)">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, const ${space}float (*w)[${g.rows}], const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        gemv_${g.rows}(acc, w + k, x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="row(f, to, name, width)">
    ${f.load(to, f"{name}[row]", width, f"sizeof {f.name}_{name}[row]")}
</%def>
