<%! import numpy as np %>\
<%def name="gemv(g, packed)">
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} rows of ${g.count} input${'s' if g.count > 1 else ''}, ${packed}. */
static void ${g.name}(int32_t *sums, const ${g.kernel.words}_t *w, const int8_t *x, int n)
{
    ${g.kernel.widened("wide", g.count)}
    (void)n;
    const int32_t total = widen_bytes(wide, x, ${g.count});
    ${g.name.replace(f"_{g.kernel.ending}", "_wide")}(sums, sums, w, wide, total);
}
</%def>
<%def name="gemv_long(g)">
<% head, run, ending, size = g.name.partition("_rest")[0], g.kernel.slab, g.kernel.ending, np.dtype(g.kernel.words).itemsize %>\
/* The same of many inputs, ${run} at a time. */
static void ${g.name}(int32_t *sums, const ${g.kernel.words}_t *w, const int8_t *x, int n)
{
    for (; n >= ${run}; n -= ${run}, x += ${run}, w += ${run * g.rows // size}) {
        ${head}x${run}_${ending}(sums, w, x, ${run});
    }
    ${f"{head}x{g.count}_{ending}(sums, w, x, n);" if g.count else ""}
}
</%def>
<%def name="columns(g, unrolled=False)">
<% products = " + ".join(f"w[{f'{k * g.rows} + ' if k else ''}r] * x[{k}]" for k in range(g.count)) %>\
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s' if g.rows > 1 else ''} of ${g.count} input${'s' if g.count > 1 else ''}. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
    (void)n;
${gcc.unrolled(4) if unrolled else ""}\
    ${over("int r", g.rows, f"sums[r] += {products};")}
}
</%def>
<%doc>The end of widen_bytes: remaining values, zeros up to a multiple of four, and the sum.</%doc>\
<%def name="widened_rest()">\
    ${over("k", "n", "to[k] = x[k];", "total += x[k];")}
    for (; k % 4 != 0; k++) {
        to[k] = 0;
    }
    return total;
}
</%def>
