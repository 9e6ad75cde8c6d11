<%def name="gemv(g, space)">${(of_words if g.sums == "int64" else of_bytes)(g)}</%def>
<%def name="of_bytes(g)">
<%
    rows = range(g.rows)
    pairs = g.inputs == "int16"
    cast, at = ("(int32_t)", "at") if pairs else ("", "part")
%>\
/* sums[r] += sum of w[k / 4][r][k % 4] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, four inputs at once. */
static void ${g.name}(int32_t *sums, const int8_t *w, const ${g.inputs}_t *x, int n)
{
#if defined(__ARM_FEATURE_DSP)
    int k = 0;
<%call expr="sums.in_locals(g)">\
    for (; k + 4 <= n; k += 4, w += ${4 * g.rows}) {
% if pairs:
        int16x2_t first;
        int16x2_t second;
        memcpy(&first, x + k, sizeof first);
        memcpy(&second, x + k + 2, sizeof second);
% else:
        int8x4_t four;
        memcpy(&four, x + k, sizeof four);
        const int16x2_t first = __sxtb16(four);
        const int16x2_t second = odd_bytes(four);
% endif
% for r in rows:
        int8x4_t w_${r};
        memcpy(&w_${r}, w + ${4 * r}, sizeof w_${r});
        sum_${r} = __smlad(__sxtb16(w_${r}), first, sum_${r});
        sum_${r} = __smlad(odd_bytes(w_${r}), second, sum_${r});
% endfor
    }
    const int rest = n % 4;
    for (int part = 0; part < rest; part++) {
        ${"const int at = part == 0 ? 0 : 3 - part; /* the second and the third have changed places */" if pairs else ""}
        ${[f'sum_{r} += {cast}w[{f"{4 * r} + " if r else ""}{at}] * x[k + part];' for r in rows]}
    }
</%call>\
#else
    for (int k = 0; k < n; k++) {
<% swapped = "k % 4 == 1 ? 2 : k % 4 == 2 ? 1 : k % 4; /* the second and the third have changed places */" %>\
        const int part = ${swapped if pairs else "k % 4;"}
        ${over("int r", g.rows, f"sums[r] += {cast}w[4 * r + part] * x[k];")}
        w += k % 4 == 3 ? ${4 * g.rows} : 0;
    }
#endif
}
</%def>
<%def name="of_words(g)">
<% rows = range(g.rows) %>\
/* sums[r] += sum of w[k / 2][r][k % 2] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, two inputs at once. */
static void ${g.name}(int64_t *sums, const int16_t *w, const int16_t *x, int n)
{
#if defined(__ARM_FEATURE_DSP)
    const int even = n - n % 2;
<%call expr="sums.in_locals(g)">\
    for (int k = 0; k < even; k += 2, w += ${2 * g.rows}) {
        int16x2_t two;
        memcpy(&two, x + k, sizeof two);
% for r in rows:
        int16x2_t w_${r};
        memcpy(&w_${r}, w${f" + {2 * r}" if r else ""}, sizeof w_${r});
        sum_${r} = __smlald(w_${r}, two, sum_${r});
% endfor
    }
    if (even < n) {
        ${[f"sum_{r} += (int32_t)w[{2 * r}] * x[even];" for r in rows]}
    }
</%call>\
#else
    for (int k = 0; k < n; k++) {
        ${over("int r", g.rows, "sums[r] += (int32_t)w[2 * r + k % 2] * x[k];")}
        w += k % 2 == 1 ? ${2 * g.rows} : 0;
    }
#endif
}
</%def>
