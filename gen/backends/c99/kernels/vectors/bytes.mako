<%!
    from gatesmith.backends.c99.kernels.vectors.bytes import together
    from gatesmith.backends.c99.kernels.vectors.tiles import FOUR
%>\
<%def name="quads(g)">\
<%
    side, rest = together(g.rows), g.count % FOUR
    whole, behind = g.count - rest, g.rows % side
    to = "to" if behind else "(sums + r)"
%>\
/* sums[r] += sum of w[k / 4][r][k % 4] * x[k]: ${g.rows} rows of ${g.count} inputs, ${side} side by side. */
TILE_APART static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
    (void)n;
    ${[f"int8_t last[{FOUR}] = {{ 0 }};", f"memcpy(last, x + {whole}, {rest});"] if rest else []}
    for (int r = 0; r < ${g.rows}; r += ${side}, w += ${4 * side}) {
% if behind:
        int32_t some[${side}] = { 0 };
        int32_t *to = r + ${side} <= ${g.rows} ? sums + r : some;
        if (to == some) {
            memcpy(some, sums + r, ${behind} * sizeof *sums);
        }
% endif
        enum { vectors = ${side} / BYTE_LANES };
        byte_vector sum[vectors];
        TILE_UNROLLED
        ${over("int v", "vectors", f"sum[v] = byte_load({to} + v * BYTE_LANES);")}
% if whole:
        for (int k = 0; k < ${whole}; k += ${FOUR}, w += ${FOUR * side}) {
${vectors("x + k")}\
        }
% endif
% if rest:
        {
${vectors("last")}\
        }
        w += ${FOUR * side};
% endif
        TILE_UNROLLED
        ${over("int v", "vectors", f"byte_store({to} + v * BYTE_LANES, byte_signed(sum[v], w + 4 * v * BYTE_LANES));")}
        ${["if (to == some) {", f"    memcpy(sums + r, some, {behind} * sizeof *sums);", "}"] if behind else []}
    }
}
</%def>
<%def name="vectors(x)">\
            const byte_operand in = byte_more(${x});
            TILE_UNROLLED
            ${over("int v", "vectors", f"sum[v] = byte_products(sum[v], byte_weights(w + {FOUR} * v * BYTE_LANES), in);")}
</%def>
