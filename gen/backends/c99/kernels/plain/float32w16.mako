<%doc>gemv of float32w16: IEEE halves, some rows of which have a scale. Needs: g, the Product; space.</%doc>\
<%def name="gemv(g, space)">
${product(g, space, False)}\
</%def>
<%def name="gemv_scaled(g, space)">
${product(g, space, True)}\
</%def>
<%def name="gemv_long(g, space)">
${long(g, space, False)}\
</%def>
<%def name="gemv_scaled_long(g, space)">
${long(g, space, True)}\
</%def>
<%def name="product(g, space, scaled)">\
/* acc[r] += ${"scale[r] * " if scaled else ""}sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x; w are IEEE halves. */
static void ${g.name}(float *acc, ${given(g, space, scaled)}, const float *x, int n)
{
    float sum[${g.rows}] = { 0.0f };
    for (int k = 0; k < n; k++) {
% if g.rolled:
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes scalar code of it */
#endif
% endif
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += float_of_half(w[k][r]) * x[k];
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        acc[r] += ${"scale[r] * " if scaled else ""}sum[r];
    }
}
</%def>
<%def name="long(g, space, scaled)">\
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, ${given(g, space, scaled)}, const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        ${g.name.replace("_long", "")}(acc, w + k, ${"scale, " if scaled else ""}x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="given(g, space, scaled)">const ${space}uint16_t (*w)[${g.rows}]${f", const {space}float *scale" if scaled else ""}</%def>
<%def name="row(f, to, name, width, scaled)">
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
        ${to}[k] = ${f"{f.name}_scales[row] * " if scaled else ""}${f.float_of(f"{f.name}_{name}[row][k]")};
    }
</%def>
