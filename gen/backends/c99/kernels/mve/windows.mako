<%doc>Places of windows in int8: depthwise ones of nine, sums, padding. Needs: asm, whether assembly may be written.</%doc>\
<%namespace name="twin" file="/dsp/primitives.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.assembly import quoted

    POINTERS = ("r4", "r5", "r6", "r8", "r9")
    """What a batch of pointers is loaded to."""

    def widened(even, odd, spare):
        """Products of 16 bits, of even and of odd channels, into the sums."""
        halves = [("b", even, spare, 4), ("t", even, even, 6), ("b", odd, spare, 5), ("t", odd, odd, 7)]
        lines = []
        for half, source, to, sums in halves:
            lines += [f"vmovl{half}.s16 q{to}, q{source}", f"vadd.i32 q{sums}, q{sums}, q{to}"]
        return lines

    def place(pointer):
        """A place's products: even channels in q2, odd ones in q0."""
        return [f"vldrb.u8 q0, [{pointer}], #16", "vldrb.u8 q1, [%[w]], #16", "vmullb.s8 q2, q0, q1", "vmullt.s8 q0, q0, q1"]

    def added(pointer):
        """Those of another place; read twice, as no register is left."""
        lines = [f"vldrb.u8 q1, [{pointer}]", "vldrb.u8 q3, [%[w]], #16", "vmullb.s8 q1, q1, q3", "vadd.i16 q2, q2, q1"]
        return lines + [f"vldrb.u8 q1, [{pointer}], #16", "vmullt.s8 q1, q1, q3", "vadd.i16 q0, q0, q1"]

    def batch(count):
        """So many places, two at a time."""
        names = POINTERS[:count]
        listed = ", ".join(names)
        lines = [f"ldmia %[from], {{{listed}}}"]
        for one in range(0, count, 2):
            lines += place(names[one]) + (added(names[one + 1]) if one + 1 < count else []) + widened(2, 0, 1)
        return [*lines, f"stmia %[from]!, {{{listed}}}"]

    def sixteen():
        """Sixteen channels: sums of channels 0, 4, 8 and 12 in q4; of 1, 5, ... in q5; then the results."""
        lines = [f"vld4{k}.32 {{q4, q5, q6, q7}}, [%[bias]]{'!' if k == 3 else ''}" for k in range(4)]
        lines += [*batch(5), *batch(4), "sub %[from], #36", "ldmia %[scale], {r4, r5, r6}"]
        lines += [f"vshl.s32 q{k}, r4" for k in range(4, 8)]
        lines += ["vqmovnb.s32 q0, q4", "vqmovnt.s32 q0, q6", "vqmovnb.s32 q1, q5", "vqmovnt.s32 q1, q7"]
        lines += ["vld20.16 {q2, q3}, [%[m]]", "vld21.16 {q2, q3}, [%[m]]!", "vmulh.s16 q0, q0, q2", "vmulh.s16 q1, q1, q3"]
        lines += ["vrshl.s16 q0, r5", "vrshl.s16 q1, r5", "vqadd.s16 q0, q0, r6", "vqadd.s16 q1, q1, r6"]
        return lines + ["vqmovnb.s16 q0, q0", "vqmovnt.s16 q0, q1", "vstrb.8 q0, [%[y]], #16"]
%>\
<%def name="depthwise_bytes_9(asm)">
/* y of each channel from the nine places of a window, which are moved on by all channels. Weights lie by 16 channels, then by
 * places; fewer in the last. Results as of rows_to_bytes; post is above 16. */
static void depthwise_bytes_9(int8_t *y, const int8_t **from, const int8_t *w, const int32_t *bias, const int16_t *m,
                              int channels, int pre, int post, int32_t zero, int32_t low, int32_t high)
{
% if asm:
#if defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__) /* else too few registers are left */
    const int32_t scale[3] = { -pre, 16 - post, zero };
    for (; channels >= 16; channels -= 16) { /* two products of 8 bits are added in 16, then widened */
        __asm__ volatile(
${quoted(sixteen(), " " * 12)}
            : [from] "+r"(from), [w] "+r"(w), [bias] "+r"(bias), [m] "+r"(m), [y] "+r"(y)
            : [scale] "r"(scale)
            : "memory", "r4", "r5", "r6", "r8", "r9", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7");
        if (low > -128 || high < 127) {
            vstrbq_s8(y - 16, vmaxq_s8(vminq_s8(vldrbq_s8(y - 16), vdupq_n_s8((int8_t)high)), vdupq_n_s8((int8_t)low)));
        }
    }
#endif
% endif
    while (channels > 0) {
        const int wide = channels < 16 ? channels : 16;
        for (int c = 0; c < wide; c++) {
            int32_t sum = bias[c];
            for (int tap = 0; tap < 9; tap++) {
                sum += w[tap * wide + c] * from[tap][c];
            }
            y[c] = (int8_t)clamp(round_shift(saturate16(sum >> pre) * m[c], post) + zero, low, high);
        }
        for (int tap = 0; tap < 9; tap++) {
            from[tap] += wide;
        }
        y += wide;
        w += 9 * wide;
        bias += wide;
        m += wide;
        channels -= wide;
    }
}
</%def>
<%def name="sum_places()">
/* sums of channels, with those of so many places on. */
static inline void sum_places(int32_t *sums, const int8_t *x, int channels, int places)
{
    int c = 0;
#if defined(__ARM_FEATURE_MVE)
    for (; c + 4 <= channels; c += 4) {
        int32x4_t sum = vldrwq_s32(sums + c);
        for (int k = 0; k < places; k++) {
            sum = vaddq_s32(sum, vldrbq_s32(x + k * channels + c));
        }
        vstrwq_s32(sums + c, sum);
    }
#endif
    for (; c < channels; c++) {
        for (int k = 0; k < places; k++) {
            sums[c] += x[k * channels + c];
        }
    }
}
</%def>
<%def name="fill_bytes()">
/* n bytes alike: in line, as C libraries may fill byte by byte. */
static inline void fill_bytes(int8_t *to, int8_t value, int n)
{
    int k = 0;
#if defined(__ARM_FEATURE_MVE)
    for (; k + 16 <= n; k += 16) {
        vstrbq_s8(to + k, vdupq_n_s8(value));
    }
#endif
    for (; k < n; k++) {
        to[k] = value;
    }
}
</%def>
<%def name="products_of_bytes()">
/* scores of so many keys, step apart: sums of (q - q_zero) (key - k_zero) over width channels, by fours and at most 64; the
 * largest. */
static inline int32_t products_of_bytes(int32_t *scores, const int8_t *q, const int8_t *keys, int step, int count, int width,
                                     int32_t q_zero, int32_t k_zero)
{
    int32_t most = INT32_MIN;
#if defined(__ARM_FEATURE_MVE)
    int16_t own[64];
    int32_t less = 0;
    for (int k = 0; k < width; k += 8) {
        const mve_pred16_t inside = vctp16q((uint32_t)(width - k));
        const int16x8_t some = vsubq_x_n_s16(vldrbq_z_s16(q + k, inside), (int16_t)q_zero, inside);
        less = vaddvaq_p_s16(less, some, inside);
        vstrhq_p_s16(own + k, some, inside);
    }
    less *= k_zero;
    const mve_pred16_t first = vctp16q((uint32_t)width);
    const mve_pred16_t second = vctp16q(width > 8 ? (uint32_t)(width - 8) : 0u);
    const int16x8_t q_first = vldrhq_z_s16(own, first); /* zeros after the last */
    const int16x8_t q_second = vldrhq_z_s16(own + 8, second);
    for (int j = 0; j < count; j++, keys += step) {
        int32_t score = vmladavaq_s16(-less, q_first, vldrbq_z_s16(keys, first));
        score = vmladavaq_s16(score, q_second, vldrbq_z_s16(keys + 8, second));
        for (int k = 16; k < width; k += 8) {
            const mve_pred16_t inside = vctp16q((uint32_t)(width - k));
            score = vmladavaq_s16(score, vldrhq_z_s16(own + k, inside), vldrbq_z_s16(keys + k, inside));
        }
        scores[j] = score;
        most = score > most ? score : most;
    }
#else
${twin.plain_products()}\
#endif
    return most;
}
</%def>
<%def name="weighed_bytes()">
/* Of each of depth channels, by fours: the sum of weights below 2^15, total in all, times values less their zero, step apart. */
static inline void weighed_bytes(int32_t *sums, const int32_t *weights, const int8_t *values, int step, int count, int depth,
                                 int32_t zero, int32_t total)
{
#if defined(__ARM_FEATURE_MVE)
    const int32_t less = -total * zero;
    for (int c = 0; c < depth; c += 16) {
        const int many = depth - c < 16 ? depth - c : 16;
        int32x4_t sum[4] = { vdupq_n_s32(less), vdupq_n_s32(less), vdupq_n_s32(less), vdupq_n_s32(less) };
        const int8_t *v = values + c;
        if (many == 16) {
            for (int j = 0; j < count; j++, v += step) {
                sum[0] = vmlaq_n_s32(sum[0], vldrbq_s32(v), weights[j]);
                sum[1] = vmlaq_n_s32(sum[1], vldrbq_s32(v + 4), weights[j]);
                sum[2] = vmlaq_n_s32(sum[2], vldrbq_s32(v + 8), weights[j]);
                sum[3] = vmlaq_n_s32(sum[3], vldrbq_s32(v + 12), weights[j]);
            }
        } else {
            for (int k = 0; k < many / 4; k++) {
                for (int j = 0; j < count; j++) {
                    sum[k] = vmlaq_n_s32(sum[k], vldrbq_s32(v + j * step + 4 * k), weights[j]);
                }
            }
        }
        for (int k = 0; k < many / 4; k++) {
            vstrwq_s32(sums + c + 4 * k, sum[k]);
        }
    }
#else
${twin.plain_weighed()}\
#endif
}
</%def>
<%def name="exponents()">
/* Scores as e^-x of how far they are below the largest, on the scale of exp_negative; their sum. */
static inline uint32_t exponents(int32_t *scores, int count, int32_t most, int pre, int32_t m, int post)
{
    uint32_t total = 0;
    int j = 0;
#if defined(__ARM_FEATURE_MVE)
    for (; j + 4 <= count; j += 4) {
        int32x4_t x = vrshlq_s32(vsubq_s32(vdupq_n_s32(most), vldrwq_s32(scores + j)), vdupq_n_s32(-pre));
        x = vmulq_n_s32(vminq_s32(x, vdupq_n_s32(32767)), m);
        x = vminq_s32(vrshlq_s32(x, vdupq_n_s32(-post)), vdupq_n_s32(32767));
        const uint32x4_t at = vreinterpretq_u32_s32(vshrq_n_s32(x, 6));
        const int32x4_t near = vldrhq_gather_shifted_offset_s32(exp_table, at);
        const int32x4_t on = vsubq_s32(vldrhq_gather_shifted_offset_s32(exp_table + 1, at), near);
        const int32x4_t part = vmulq_s32(on, vandq_s32(x, vdupq_n_s32(63)));
        const int32x4_t e = vaddq_s32(near, vrshrq_n_s32(part, 6));
        total = (uint32_t)vaddvaq_s32((int32_t)total, e);
        vstrwq_s32(scores + j, e);
    }
#endif
    for (; j < count; j++) {
        scores[j] = exp_negative(saturate16(round_shift(saturate16(round_shift(most - scores[j], pre)) * m, post)));
        total += (uint32_t)scores[j];
    }
    return total;
}
</%def>
