<%namespace name="slabs" file="/slabs.mako"/>\
<%!
    FOUR = [
        "ldm r1!, {r8-r11}", "ldrd r12, lr, [r2], #8",
        "smlad r5, r8, r12, r5", "smlad r7, r9, r12, r7", "sxtb16 r8, r8", "sxtb16 r9, r9",
        "smlad r4, r8, r12, r4", "smlad r6, r9, r12, r6",
        "smlad r5, r10, lr, r5", "smlad r7, r11, lr, r7", "sxtb16 r10, r10", "sxtb16 r11, r11",
        "smlad r4, r10, lr, r4", "smlad r6, r11, lr, r6",
    ]

    def quads(rows, fours):
        """All rows, four at a time: r0 sums, r1 weights, r2 inputs as pairs; r4 and r6 low sums, r5 and r7 all."""
        turns, rest = divmod(fours, 4)
        lines = ["push {r4-r11, lr}"]
        lines += [f"add r3, r0, #{4 * rows}", "push {r3}"] if rows > 4 else []
        lines += [f"add r3, r2, #{32 * turns}"] if turns > 1 else []
        lines += ["1: ldm r0, {r4-r7}", "add r5, r4, r5, lsl #8", "add r7, r6, r7, lsl #8"]
        if turns > 1:
            lines += [f"2: {FOUR[0]}", *FOUR[1:], *FOUR * 3, "cmp r2, r3", "bne 2b"]
            lines += FOUR * rest
        else:
            lines += FOUR * fours
        lines += ["subs r5, r5, r4", "asrs r5, r5, #8", "subs r7, r7, r6", "asrs r7, r7, #8", "stm r0!, {r4-r7}"]
        if rows > 4:
            lines += [f"sub r2, r2, #{8 * fours}", "ldr r12, [sp]", "cmp r0, r12", "bne 1b", "pop {r3}"]
        return [*lines, "pop {r4-r11, pc}"]
%>\
<%def name="gemv(g, asm)">
<% fours = -(-g.count // 4) %>\
% if asm:
#if defined(__ARM_FEATURE_DSP)
/* Rows of ${g.name}, in assembly alone, as it takes all registers: sums in r0, w in r1, pairs in r2. */
${gcc.naked(f"{g.name}_rows", "int32_t *sums, const int16_t *w, const uint32_t *pairs", quads(g.rows, fours))}\
#endif
% endif
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} rows of ${g.count} input${'s' if g.count > 1 else ''}. A halfword of w is 256 a + b of two rows. */
${gcc.apart("its inputs, widened, are on the stack")}\
static void ${g.name}(int32_t *sums, const int16_t *w, const int8_t *x, int n)
{
#if defined(__ARM_FEATURE_DSP)
    uint32_t pairs[${2 * fours}];
    widen_bytes(pairs, x, n);
% if asm:
    ${g.name}_rows(sums, w, pairs);
% else:
    for (int r = 0; r < ${g.rows}; r += 4, sums += 4) {
        int32_t low_01 = sums[0];
        int32_t low_23 = sums[2];
        int32_t all_01 = (int32_t)((uint32_t)low_01 + 256u * (uint32_t)sums[1]);
        int32_t all_23 = (int32_t)((uint32_t)low_23 + 256u * (uint32_t)sums[3]);
        for (int k = 0; k < ${2 * fours}; k++, w += 4) {
            const int16x2_t two = (int16x2_t)pairs[k];
            int16x2_t w_01;
            int16x2_t w_23;
            memcpy(&w_01, w, sizeof w_01);
            memcpy(&w_23, w + 2, sizeof w_23);
            all_01 = __smlad(w_01, two, all_01);
            all_23 = __smlad(w_23, two, all_23);
            low_01 = __smlad(__sxtb16((int8x4_t)w_01), two, low_01);
            low_23 = __smlad(__sxtb16((int8x4_t)w_23), two, low_23);
        }
        sums[0] = low_01;
        sums[1] = (int32_t)((uint32_t)all_01 - (uint32_t)low_01) >> 8;
        sums[2] = low_23;
        sums[3] = (int32_t)((uint32_t)all_23 - (uint32_t)low_23) >> 8;
    }
% endif
#else
    const int8_t place[4] = { 0, 4, 1, 5 }; /* of a halfword by its input, among those of four */
    for (int r = 0; r < ${g.rows}; r += 4, sums += 4, w += ${8 * fours}) {
        for (int k = 0; k < n; k++) {
            const int16_t *two = w + k / 4 * 8 + place[k % 4];
            for (int p = 0; p < 2; p++, two += 2) { /* pairs of rows */
                const int32_t low = (int8_t)(*two & 255);
                sums[2 * p] += low * x[k];
                sums[2 * p + 1] += (*two - low) / 256 * x[k];
            }
        }
    }
#endif
}
</%def>
<%def name="gemv_long(g)">${slabs.gemv_long(g)}</%def>
<%def name="columns(g)">${slabs.columns(g, True)}</%def>
