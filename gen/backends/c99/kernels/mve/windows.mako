<%doc>Places of windows in int8: depthwise ones of nine, sums, padding.</%doc>\
<%!
    POINTERS = ("r4", "r5", "r6", "r8", "r12")
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

    def four_rows():
        """Four rows a turn, of sixteen values in q0 and q1."""
        loop = ["ldrd r4, r6, [%[sums]]", "ldrd r8, r10, [%[sums], #8]"]
        for row in ("r4", "r6", "r8", "r10"):
            loop += [line for k in (0, 1) for line in (f"vldrh.u16 q{2 + k}, [%[rows]], #16", f"vmladava.s16 {row}, q{2 + k}, q{k}")]
        loop += ["strd r4, r6, [%[sums]], #8", "strd r8, r10, [%[sums]], #8"]
        return ["vldrh.u16 q0, [%[x]]", "vldrh.u16 q1, [%[x], #16]", "dls lr, %[turns]", f"1: {loop[0]}", *loop[1:], "le lr, 1b"]
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
            : [from] "+r"(from), [w] "+h"(w), [bias] "+r"(bias), [m] "+r"(m), [y] "+r"(y)
            : [scale] "h"(scale) /* with a frame and a base of data, few of r0 to r7 are free */
            : "memory", "r4", "r5", "r6", "r8", "r12", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7");
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
            ${over("int tap", 9, "sum += w[tap * wide + c] * from[tap][c];")}
            y[c] = (int8_t)clamp(round_shift(saturate16(sum >> pre) * m[c], post) + zero, low, high);
        }
        ${over("int tap", 9, "from[tap] += wide;")}
        y += wide;
        w += 9 * wide;
        bias += wide;
        m += wide;
        channels -= wide;
    }
}
</%def>
<%def name="sum_places()">
/* sums of channels, which begin alike at first, with those of so many places on. */
static inline void sum_places(int32_t *sums, const int8_t *x, int channels, int places, int first, int32_t begin)
{
    int whole = 0;
#if defined(__ARM_FEATURE_MVE)
    whole = places <= 256 ? channels / 8 * 8 : 0; /* so many bytes fit 16 bits */
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
    for (int c = 0; c < whole; c += 8) {
        int16x8_t some = vdupq_n_s16(0);
#pragma GCC unroll 8
        ${over("int k", "places", "some = vaddq_s16(some, vldrbq_s16(x + k * channels + c));")}
        int32x4x2_t sum = { { vdupq_n_s32(begin), vdupq_n_s32(begin) } };
        sum = first ? sum : vld2q_s32(sums + c);
        sum.val[0] = vaddq_s32(sum.val[0], vmovlbq_s16(some));
        sum.val[1] = vaddq_s32(sum.val[1], vmovltq_s16(some));
        vst2q_s32(sums + c, sum);
    }
#endif
    for (int c = whole; c < channels; c++) {
        sums[c] = first ? begin : sums[c];
        ${over("int k", "places", "sums[c] += x[k * channels + c];")}
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
    ${over("k", "n", "to[k] = value;")}
}
</%def>
<%def name="spread_bytes()">
/* n bytes, less a zero point, each so many places on. */
static inline void spread_bytes(int16_t *to, int step, const int8_t *x, int n, int zero)
{
    int k = 0;
#if defined(__ARM_FEATURE_MVE)
    const uint16x8_t places = vmulq_n_u16(vidupq_n_u16(0, 1), (uint16_t)step);
    for (; k + 8 <= n; k += 8) {
        vstrhq_scatter_shifted_offset_s16(to + k * step, places, vsubq_n_s16(vldrbq_s16(x + k), (int16_t)zero));
    }
#endif
    ${over("k", "n", "to[k * step] = (int16_t)(x[k] - zero);")}
}
</%def>
<%def name="products_of_sixteen(asm)">
/* To each of so many sums: sixteen values x times those of its row. */
static inline void products_of_sixteen(int32_t *sums, const int16_t *x, const int16_t *rows, int count)
{
    int j = 0;
% if asm:
#if defined(__ARM_FEATURE_MVE)
    if (count >= 4) {
        j = count / 4 * 4;
        __asm__ volatile(
${quoted(four_rows(), " " * 12)}
            : [sums] "+r"(sums), [rows] "+l"(rows)
            : [x] "r"(x), [turns] "r"(count / 4)
            : "memory", "r4", "r6", "r8", "r10", "lr", "q0", "q1", "q2", "q3");
    }
#endif
% endif
    for (; j < count; j++, rows += 16, sums++) {
        ${over("int k", 16, "*sums += (int32_t)x[k] * rows[k];")}
    }
}
</%def>
<%def name="exponents()">
/* e^-x of how far scores are below the largest, on the scale of exp_negative; their sum. Zeros are left in their place. */
static inline uint32_t exponents(int16_t *e, int32_t *scores, int count, int pre, int32_t m, int post)
{
    int32_t most = INT32_MIN;
    uint32_t total = 0;
    int j = 0;
#if defined(__ARM_FEATURE_MVE)
    for (; j + 4 <= count; j += 4) {
        most = vmaxvq_s32(most, vldrwq_s32(scores + j));
    }
#endif
    ${over("j", "count", "most = scores[j] > most ? scores[j] : most;")}
    j = 0;
#if defined(__ARM_FEATURE_MVE)
    const int32x4_t top = vdupq_n_s32(most);
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
    for (; j + 8 <= count; j += 8) {
        const int32x4x2_t score = vld2q_s32(scores + j);
        const int32x4_t even = vrshlq_n_s32(vsubq_s32(top, score.val[0]), -pre);
        const int32x4_t odd = vrshlq_n_s32(vsubq_s32(top, score.val[1]), -pre);
        const int16x8_t near = vqmovntq_s32(vqmovnbq_s32(vreinterpretq_s16_s32(even), even), odd);
        const int16x8_t x = vector_product(near, (int16_t)m, post);
        const uint16x8_t at = vreinterpretq_u16_s16(vshrq_n_s16(x, 6));
        const int16x8_t low = vldrhq_gather_shifted_offset_s16(exp_table, at);
        const int16x8_t on = vsubq_s16(vldrhq_gather_shifted_offset_s16(exp_table + 1, at), low);
        const int16x8_t part = vshlq_n_s16(vandq_s16(x, vdupq_n_s16(63)), 9);
        const int16x8_t power = vaddq_s16(low, vqrdmulhq_s16(on, part));
        total = (uint32_t)vaddvaq_s16((int32_t)total, power);
        vstrhq_s16(e + j, power);
        vstrwq_s32(scores + j, vdupq_n_s32(0));
        vstrwq_s32(scores + j + 4, vdupq_n_s32(0));
    }
#endif
    for (; j < count; j++) {
        e[j] = (int16_t)exp_negative(saturate16(round_shift(saturate16(round_shift(most - scores[j], pre)) * m, post)));
        total += (uint32_t)e[j];
        scores[j] = 0;
    }
    return total;
}
</%def>
