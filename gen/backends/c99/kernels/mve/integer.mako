<%doc>
Integer products for Arm cores with Helium, and the same in plain C elsewhere. Weights lie by rows: w[row][input].
Needs: g, the Product; space.
</%doc>\
<%def name="gemv(g, space)">
<%
    rows = range(g.rows)
    lanes, lane = (8, 16) if g.inputs == "int16" else (16, 8)
%>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, ${lanes} inputs at once. */
static void ${g.name}(int32_t *sums, const int8_t *w, const ${g.inputs}_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
% for r in rows:
    int32_t sum_${r} = sums[${r}];
% endfor
    for (int k = 0; k < n; k += ${lanes}) {
        const mve_pred16_t inside = vctp${lane}q((uint32_t)(n - k));
% if lanes == 16:
        const int8x16_t part = vldrbq_z_s8(x + k, inside);
% else:
        const int16x8_t part = vldrhq_z_s16(x + k, inside);
% endif
% for r in rows:
        sum_${r} = vmladavaq_s${lane}(sum_${r}, vldrbq_z_s${lane}(w + k${f" + {r} * n" if r > 1 else " + n" if r else ""}, inside), part);
% endfor
    }
% for r in rows:
    sums[${r}] = sum_${r};
% endfor
#else
    for (int r = 0; r < ${g.rows}; r++) {
        for (int k = 0; k < n; k++) {
            sums[r] += ${"(int32_t)" if g.inputs == "int16" else ""}w[r * n + k] * x[k];
        }
    }
#endif
}
</%def>
<%def name="gemv_long(g, space)">
<% rows = range(g.rows) %>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, 8 inputs at once. */
static void ${g.name}(int64_t *sums, const int16_t *w, const int16_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
% for r in rows:
    int64_t sum_${r} = sums[${r}];
% endfor
    for (int k = 0; k < n; k += 8) {
        const mve_pred16_t inside = vctp16q((uint32_t)(n - k));
        const int16x8_t part = vldrhq_z_s16(x + k, inside);
% for r in rows:
        sum_${r} = vmlaldavaq_s16(sum_${r}, vldrhq_z_s16(w + k${f" + {r} * n" if r > 1 else " + n" if r else ""}, inside), part);
% endfor
    }
% for r in rows:
    sums[${r}] = sum_${r};
% endfor
#else
    for (int r = 0; r < ${g.rows}; r++) {
        for (int k = 0; k < n; k++) {
            sums[r] += (int32_t)w[r * n + k] * x[k];
        }
    }
#endif
}
</%def>
