<%doc>
Integer products of 4-bit weights for Arm cores with 16-bit pairs (SMLAD), and the same in plain C elsewhere. Needs: g,
the Product; space.
</%doc>\
<%def name="gemv(g, space)">
<% rows = range(g.rows) %>\
/* sums[r] += sum of scale[k / 32][r] * w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, eight inputs at once; weights lie there plus 8. */
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    for (int first = 0; first < n; first += 32) {
        const uint8_t *scale = w;
        int32_t total = 0; /* of the inputs: what is too much in each sum, eight times */
% for r in rows:
        int32_t sum_${r} = 0;
% endfor
        w += ${g.rows};
        for (int k = first; k < n && k < first + 32; k += 8, w += ${4 * g.rows}) {
            int8_t eight[8] = { 0 };
            if (n - k >= 8) {
                memcpy(eight, x + k, sizeof eight);
            } else {
                memcpy(eight, x + k, (size_t)(n - k));
            }
#if defined(__ARM_FEATURE_DSP)
            int8x4_t low;
            int8x4_t high;
            memcpy(&low, eight, sizeof low);
            memcpy(&high, eight + 4, sizeof high);
            const int16x2_t a = __sxtb16(low);
            const int16x2_t b = odd_bytes(low);
            const int16x2_t c = __sxtb16(high);
            const int16x2_t d = odd_bytes(high);
            total = __smlad(a, 0x10001, __smlad(b, 0x10001, __smlad(c, 0x10001, __smlad(d, 0x10001, total))));
% for r in rows:
            uint32_t w_${r};
            memcpy(&w_${r}, w${f" + {4 * r}" if r else ""}, sizeof w_${r});
            const int8x4_t low_${r} = (int8x4_t)(w_${r} & 0x0f0f0f0fu);
            const int8x4_t high_${r} = (int8x4_t)((w_${r} >> 4) & 0x0f0f0f0fu);
            sum_${r} = __smlad(__sxtb16(low_${r}), a, __smlad(odd_bytes(low_${r}), b, sum_${r}));
            sum_${r} = __smlad(__sxtb16(high_${r}), c, __smlad(odd_bytes(high_${r}), d, sum_${r}));
% endfor
#else
            for (int j = 0; j < 4; j++) {
                total += eight[j] + eight[j + 4];
% for r in rows:
                sum_${r} += (w[j${f" + {4 * r}" if r else ""}] & 15) * eight[j] + (w[j${f" + {4 * r}" if r else ""}] >> 4) * eight[j + 4];
% endfor
            }
#endif
        }
        total *= 8;
% for r in rows:
        sums[${r}] += scale[${r}] * (sum_${r} - total);
% endfor
    }
}
</%def>
<%def name="gemv_long(g, space)">${gemv(g, space)}</%def>
