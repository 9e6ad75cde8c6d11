<%doc>gemv of int8 for compilers that vectorise. Needs: g, the Product.</%doc>\
<%!
    from gatesmith.backends.c99.kernels.lanes.bytes import SLAB, padded
%>\
<%def name="dots(g)">
<% count = padded(g.count) %>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} rows of ${g.count} inputs, four rows a pass over x in 16 bits. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
    int16_t wide[${count}] = { 0 };
    for (int k = 0; k < n; k++) {
        wide[k] = x[k];
    }
    for (int r = 0; r < ${g.rows}; r += 4, w += ${4 * count}) {
% for r in range(4):
        int32_t sum_${r} = 0;
% endfor
        for (int k = 0; k < ${count}; k++) {
% for r in range(4):
            sum_${r} += (int16_t)w[${f"{r * count} + " if r else ""}k] * wide[k];
% endfor
        }
% for r in range(4):
        sums[r${f" + {r}" if r else ""}] += sum_${r};
% endfor
    }
}
</%def>
<%def name="dots_long(g)">
<% head = g.name.partition("_rest")[0] %>\
/* The same of many inputs, ${SLAB} at a time. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
    for (; n >= ${SLAB}; n -= ${SLAB}, x += ${SLAB}, w += ${SLAB * g.rows}) {
        ${head}x${SLAB}_dots(sums, w, x, ${SLAB});
    }
% if g.count:
    ${head}x${g.count}_dots(sums, w, x, n);
% endif
}
</%def>
<%def name="pairs(g)">
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. Weights are within 127, so that two products
 * have room in 16 bits, where gcc fills twice the lanes. */
static void ${g.name}(int32_t *sums, const int8_t (*w)[${g.rows}], const int8_t *x, int n)
{
    int32_t sum[${g.rows}] = { 0 };
    int k = 0;
#if defined(__GNUC__) && !defined(__clang__)
    for (; k + 2 <= n; k += 2) {
        const int16_t a = x[k];
        const int16_t b = x[k + 1];
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += (int16_t)((int16_t)(w[k][r] * a) + (int16_t)(w[k + 1][r] * b));
        }
    }
#endif
    for (; k < n; k++) {
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += w[k][r] * x[k];
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        sums[r] += sum[r];
    }
}
</%def>
