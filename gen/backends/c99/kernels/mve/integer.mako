<%def name="gemv(g, space)">
<%
    rows, cast = range(g.rows), "(int32_t)" if g.inputs == "int16" else ""
    lanes, lane = (8, 16) if g.inputs == "int16" else (16, 8)
    load_x, load_w = (f"vldr{'b' if kind == 'int8' else 'h'}q_z_s{lane}" for kind in (g.inputs, g.weights))
    multiply = f"vml{'al' if g.sums == 'int64' else 'a'}davaq_s{lane}"
%>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, ${lanes} inputs at once. */
static void ${g.name}(${g.sums}_t *sums, const ${g.weights}_t *w, const ${g.inputs}_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
<%call expr="sums.in_locals(g)">\
    for (int k = 0; k < n; k += ${lanes}) {
        const mve_pred16_t inside = (mve_pred16_t)vctp${lane}q((uint32_t)(n - k));
        const int${lane}x${lanes}_t part = ${load_x}(x + k, inside);
<% row = ["w + k", "w + k + n", *(f"w + k + {r} * n" for r in rows[2:])] %>\
        ${[f"sum_{r} = {multiply}(sum_{r}, {load_w}({row[r]}, inside), part);" for r in rows]}
    }
</%call>\
#else
    ${over("int r", g.rows, over("int k", "n", f"sums[r] += {cast}w[r * n + k] * x[k];"))}
#endif
}
</%def>
