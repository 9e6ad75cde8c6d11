<%doc>
gemv of float32w8: int8 weights, a float scale a row. Everything else is float32's. Needs: as there.
</%doc>\
<%def name="gemv(rows, rolled, space)">
/* acc[r] += scale[r] * sum of w[k][r] * x[k]: ${rows} row${'s side by side' if rows > 1 else ''}, one pass over x. */
static void gemv_${rows}(float *acc, const ${space}int8_t (*w)[${rows}], const ${space}float *scale, const float *x, int n)
{
    float sum[${rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
% if rolled:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes scalar code of it */
#endif
% endif
        for (int r = 0; r < ${rows}; r++) {
            sum[r] += (float)w[k][r] * x[k];
        }
    }
    for (int r = 0; r < ${rows}; r++) {
        acc[r] += scale[r] * sum[r];
    }
}
</%def>
<%def name="gemv_long(rows, space)">
/* The same for many inputs, in parts of ${part} so that rounding errors do not pile up. */
static void gemv_long_${rows}(float *acc, const ${space}int8_t (*w)[${rows}], const ${space}float *scale, const float *x, int n)
{
    for (int k = 0; k < n; k += ${part}) {
        gemv_${rows}(acc, w + k, scale, x + k, n - k < ${part} ? n - k : ${part});
    }
}
</%def>
