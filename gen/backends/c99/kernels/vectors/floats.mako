<%namespace name="plain" file="/plain/float32.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.vectors.floats import LANES, fours

    TURN = 4
    LOADS = {"float32": "eight_load", "uint16": "eight_of_halves"}
    """Eight weights."""
    CONDITIONS = {"float32": "#if defined(EIGHT_FLOATS)", "uint16": "#if defined(EIGHT_FLOATS) && (defined(__F16C__) || defined(__ARM_NEON))"}
%>\
<%def name="gemv(g, space)">${sums_of(g, space, False)}</%def>
<%def name="gemv_part(g, space)">${sums_of(g, space, True)}</%def>
<%def name="sums_of(g, space, fresh)">\
<% vectors, load = range(g.rows // LANES), LOADS[g.weights] %>\
/* acc[r] = begin[r] + sum of w[k][r] * x[k]${", which is summed by itself" if fresh else ""}: ${g.rows} rows in vectors of ${LANES}, one pass over x. */
static void ${g.name}(float *acc, const float *begin, ${g.matrix(space)}, const float *x, int n)
{
${CONDITIONS[g.weights]}
<% begun = [f"eight_load({moved('begin', LANES * v)})" for v in vectors] %>\
    ${[f"eight sum_{v} = {'eight_zero()' if fresh else begun[v]};" for v in vectors]}
    for (; n >= ${TURN}; n -= ${TURN}, w += ${TURN}, x += ${TURN}) {
% for k in range(TURN):
        const eight_input in_${k} = eight_spread(${moved("x", k)});
        ${[f"sum_{v} = eight_products(sum_{v}, {load}({moved(f'w[{k}]', LANES * v)}), in_{k});" for v in vectors]}
% endfor
    }
    for (; n > 0; n--, w++, x++) {
        const eight_input in = eight_spread(x);
        ${[f"sum_{v} = eight_products(sum_{v}, {load}({moved('w[0]', LANES * v)}), in);" for v in vectors]}
    }
<% total = [f"eight_add({begun[v]}, sum_{v})" if fresh else f"sum_{v}" for v in vectors] %>\
    ${[f"eight_store({moved('acc', LANES * v)}, {total[v]});" for v in vectors]}
#else
${plain.sums(g, g.rolled, "begin[r]")}\
#endif
}
</%def>
<%def name="gemv_long(g, space)">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, const float *begin, ${g.matrix(space)}, const float *x, int n)
{
    for (int k = 0; k < n; k += ${g.part}) {
        ${g.name.removesuffix("_long")}_part(acc, k > 0 ? acc : begin, w + k, x + k, n - k < ${g.part} ? n - k : ${g.part});
    }
}
</%def>
<%def name="dots(g, space)">
<% four, most = fours(g.rows), LANES * g.part %>\
/* acc[r] = begin[r] + sum of w[r][k] * x[k]: ${f"{g.rows} rows" if g.rows > 1 else "a row"} of ${g.count} inputs, ${most} at a time. */
static void ${g.name}(float *acc, const float *begin, const ${space}float (*w)[${g.count}], const float *x, int n)
{
    for (int k = 0; k < n; k += ${most}, begin = acc) {
        float sum[${four}];
        dot_rows(sum, x + k, w[0] + k, ${four}, ${g.count}, n - k < ${most} ? n - k : ${most});
        ${over("int r", g.rows, "acc[r] = begin[r] + sum[r];")}
    }
}
</%def>
