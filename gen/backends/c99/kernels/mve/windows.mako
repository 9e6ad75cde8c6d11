<%doc>Places of windows in int8: depthwise ones of nine, sums, padding. Needs: asm, whether assembly may be written.</%doc>\
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
