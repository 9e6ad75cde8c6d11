<%doc>
Integer products of 4-bit weights by Helium, and the same in plain C elsewhere. Needs: g, the Product; space.
</%doc>\
<%def name="gemv(g, space)">
/* sums[r] += sum of scale[k / 32][r] * w[k][r] * x[k]: ${g.rows} row${'s one after the other' if g.rows > 1 else ''}, 32 inputs at once; weights lie there plus 8. */
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    for (int from = 0; from < n; from += 32) {
        const int8_t *const own = x + from;
        const int many = n - from;
        const uint8_t *scale = w;
        const int bytes = many < 16 ? many : 16;
        w += ${g.rows};
#if defined(__ARM_FEATURE_MVE)
        const int8x16_t first = vldrbq_z_s8(own, vctp8q((uint32_t)many));
        const int8x16_t second = many > 16 ? vldrbq_z_s8(own + 16, vctp8q((uint32_t)(many - 16))) : vdupq_n_s8(0);
#pragma GCC unroll 1
        for (int r = 0; r < ${g.rows}; r++, w += bytes) {
            const uint8x16_t both = vldrbq_u8(w);
            const int8x16_t low = vsubq_n_s8(vreinterpretq_s8_u8(vandq_u8(both, vdupq_n_u8(15))), 8);
            const int8x16_t high = vsubq_n_s8(vreinterpretq_s8_u8(vshrq_n_u8(both, 4)), 8);
            sums[r] += scale[r] * vmladavaq_s8(vmladavq_s8(low, first), high, second);
        }
#else
        for (int r = 0; r < ${g.rows}; r++, w += bytes) {
            int32_t sum = 0;
            for (int k = 0; k < many && k < 32; k++) {
                sum += ((k < 16 ? w[k] & 15 : w[k - 16] >> 4) - 8) * own[k];
            }
            sums[r] += scale[r] * sum;
        }
#endif
    }
}
</%def>
<%def name="gemv_long(g, space)">${gemv(g, space)}</%def>
