<%!
    from gatesmith.backends.c99.kernels.dsp.depthwise import FAR, KERNELS, border, words

    TURN = 4
    """Bodies that a turn of the loop has."""
    NEXT = "ldm r1!, {r9, r10, r11}"
    """Two columns more."""
    FIRST = ["smlad r12, r2, r9, r7", "smlad r12, r3, r10, r12", "smlad r12, r5, r11, r12"]
    SECOND = ["smlad lr, r2, r10, r7", "smlabt lr, r5, r11, lr"]
    LAST = ["smlad r12, r4, r9, r12", "smlabb r12, r6, r11, r12"]
    THIRD = ["smlad lr, r3, r9, lr", "smlad lr, r4, r10, lr", "smlatb lr, r5, r11, lr", "smlabt lr, r6, r11, lr"]

    def outputs(many, at, g):
        """One or two outputs, stored so many values behind r0."""
        (pre, post), sums = g.shifts, ("r12", "lr")[:many]
        lines = [*FIRST, *(SECOND if many > 1 else []), NEXT, *LAST, *(THIRD if many > 1 else [])]
        lines += [f"ssat {x}, #16, {x}{f', asr #{pre}' if pre else ''}" for x in sums]
        lines += [f"smlatb {x}, r6, {x}, r8" for x in sums] + [f"ssat {x}, #8, {x}, asr #{post}" for x in sums]
        return lines + [f"strb {x}, [r0, #{at + k * g.rows}]" for k, x in enumerate(sums)]

    def shifted(op, by):
        """r0 moved by a number of any size."""
        return [f"{op} r0, r0, #{min(by - at, FAR)}" for at in range(0, by, FAR)]

    def run(counts, g):
        """Outputs by so many at once, and by how much r0 is moved behind them."""
        lines, at, moved = [], 0, 0
        for many in counts:
            if at + (many - 1) * g.rows > FAR:
                lines, moved, at = lines + shifted("addw", at), moved + at, 0
            lines, at = lines + outputs(many, at, g), at + many * g.rows
        return lines, moved, at

    def channels(g):
        """r0 y, r1 plane, r2 to r8 a channel's words, r9 to r11 two columns, sums in r12 and lr. On the stack: the end of
        a plane's whole turns, the channel's words, the end of all."""
        many = 2 // g.step
        counts = [many] * (g.count // many) + [1] * (g.count % many)
        turns = len(counts) // TURN if len(counts) > 2 * TURN else 0
        turns -= turns > 0 and counts[turns * TURN - 1] < many
        lines = ["push {r1-r11, lr}", "ldr r12, [sp, #4]", "1: add lr, r12, #28", "str lr, [sp, #4]"]
        lines += [f"addw lr, r1, #{12 * (turns * TURN + 1)}", "str lr, [sp]"] if turns else []
        lines += ["ldm r12, {r2-r8}", NEXT]
        back = -1
        if turns:
            whole, moved, at = run(counts[:TURN], g)
            lines += [f"2: {whole[0]}", *whole[1:], *shifted("addw", at), "ldr r12, [sp]", "cmp r1, r12", "bne 2b"]
            back += turns * (moved + at)
        rest, moved, _ = run(counts[turns * TURN :], g)
        back += moved
        lines += rest + (["add r0, r0, #1"] if back < 0 else shifted("subw", back))
        return [*lines, "ldrd r12, lr, [sp, #4]", "cmp r12, lr", "bne 1b", "add sp, sp, #12", "pop {r4-r11, pc}"]
%>\
<%
    op, (kernel,) = f.op, KERNELS
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line, zero = r.inner, f"{(op.source.zero & 65535) * 65537:#010x}"
    padded = r.padded or line.padded
    spread, multiply = kernel.products(f)
    f.use(spread, multiply)
    end, left = words(line), line.window.left
    absent = [*range(left), *range(left + spread.count, end // 3 * 2)]
    absent = [k // 2 * 3 + k % 2 for k in absent] + ([end - 1] if absent[-2:] == [end // 3 * 2 - 2, end // 3 * 2 - 1] else [])
%>\
enum { ${f.up}_CHANNELS = ${op.channels}, ${f.up}_PLANE = ${words(line)} };

/* [channel][two rows' weights in three columns; the third row's, the last with the multiplier; bias; what rounds] */
${f.constant_table("kernel", kernel.pack(op), "int32")}
/* A row of the output from the rows that its windows see${", NULL where one is padding" if r.padded else ""}: four channels at a time, each a plane. */
${rows.head(f, r, "window")}\
{
    const int8_t *from[3];
    int step[3]; /* step between columns; 0 if window holds the padding */
    uint32_t planes[4 * ${f.up}_PLANE];
${rows.border(f, padded, f"{f.up}_CHANNELS")}\
    for (int i = 0; i < 3; i++) {
% if r.padded:
        from[i] = rows[i] == NULL ? window : rows[i];
        step[i] = rows[i] == NULL ? 0 : ${f.up}_CHANNELS;
% else:
        from[i] = rows[i];
        step[i] = ${f.up}_CHANNELS;
% endif
    }
% if absent:
    for (int k = 0; k < 4; k++) { /* padding columns */
        ${[f'planes[k * {f.up}_PLANE{f" + {at}" if at else ""}] = UINT32_C({zero});' for at in absent]}
    }
% endif
    for (int c = 0; c < ${f.up}_CHANNELS; c += 4) {
        ${spread.name}(planes, from, step, window, c);
        ${multiply.name}(y + c, planes, ${f.name}_kernel + c * 7, ${f.name}_kernel + c * 7 + 28);
    }
}

${rows.forward(f, r, "window")}\
<%def name="spread(g)">\
<% pairs, odd = divmod(g.count - g.shifts[0], 2) %>\
/* ${g.count} columns of three rows as planes of four channels from c on: of two columns the first two rows each, and the third. */
static void ${g.name}(uint32_t *planes, const int8_t *const *from, const int *step, const int8_t *border, int c)
{
    const int8_t *a = from[0] + c;
    const int8_t *b = from[1] + c;
    const int8_t *d = from[2] + c;
    const int on[3] = { step[0], step[1], step[2] };
% if g.shifts[0]:
    spread_pair(planes + 1, ${g.step}, a, b);
    spread_pair(planes + 2, ${g.step}, border, d);
    planes += 3;
    a += on[0];
    b += on[1];
    d += on[2];
% elif not odd:
    (void)border;
% endif
    for (int k = 0; k < ${pairs}; k++, planes += 3) {
        spread_pair(planes, ${g.step}, a, b);
        spread_pair(planes + 1, ${g.step}, a + on[0], b + on[1]);
        spread_pair(planes + 2, ${g.step}, d, d + on[2]);
        a += 2 * on[0];
        b += 2 * on[1];
        d += 2 * on[2];
    }
    ${[f"spread_pair(planes, {g.step}, a, b);", f"spread_pair(planes + 2, {g.step}, d, border);"] if odd else []}
}
</%def>
<%def name="channels(g)">\
<% pre, post = g.shifts %>\
#if defined(__ARM_FEATURE_DSP)
/* ${g.count} outputs of each channel from w to end, in assembly alone, as it takes all registers; y of a column is ${g.rows} on. */
${gcc.naked(g.name, "int8_t *y, const uint32_t *planes, const int32_t *w, const int32_t *end", channels(g))}\
#else
/* ${g.count} outputs of each channel from w to end; y of a column is ${g.rows} on. */
static void ${g.name}(int8_t *y, const uint32_t *planes, const int32_t *w, const int32_t *end)
{
    for (; w != end; w += 7, y++, planes += ${3 * ((g.step * (g.count - 1) + 4) // 2)}) {
        for (int column = 0; column < ${g.count}; column++) {
            int32_t sum = w[5];
            for (int k = ${g.step} * column, tap = 0; tap < 3; k++, tap++) {
                const uint32_t *at = planes + k / 2 * 3;
                const uint32_t third = k % 2 == 1 ? at[2] >> 16 : at[2];
                const uint32_t by = (uint32_t)(tap == 2 ? w[4] : w[3]);
                sum += half((uint32_t)w[tap]) * half(at[k % 2]) + half((uint32_t)w[tap] >> 16) * half(at[k % 2] >> 16);
                sum += half(tap == 1 ? by >> 16 : by) * half(third);
            }
            const int32_t value = saturate16(sum >> ${pre}) * half((uint32_t)w[4] >> 16);
            y[column * ${g.rows}] = (int8_t)saturate8((value + w[6]) >> ${post});
        }
    }
}
#endif
</%def>
