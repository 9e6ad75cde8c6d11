<%doc>gemv of float32w8: int8 weights, a float scale a row. Needs: g, the Product; space.</%doc>\
<%def name="gemv(g, space)">
/* acc[r] += scale[r] * sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(float *acc, const ${space}int8_t (*w)[${g.rows}], const ${space}float *scale, const float *x, int n)
{
    float sum[${g.rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
% if g.rolled:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes scalar code of it */
#endif
% endif
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += (float)w[k][r] * x[k];
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        acc[r] += scale[r] * sum[r];
    }
}
</%def>
<%def name="gemv_long(g, space)">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, const ${space}int8_t (*w)[${g.rows}], const ${space}float *scale, const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        gemv_${g.rows}(acc, w + k, scale, x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="row(f, to, name, width)">
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
        ${to}[k] = ${f.name}_scales[row] * (float)${f.name}_${name}[row][k];
    }
</%def>
