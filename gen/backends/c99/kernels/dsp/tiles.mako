<%!
    from gatesmith.backends.c99.kernels.dsp.tiles import KERNELS

    PAIR, END = 48, 208  # bytes of code for a pair of inputs, and around those of a block
    SUMS = ["r6", "r7", "r8", "r9", "r10", "r11", "r12", "lr"]
    """Of two pairs of rows at one position, then at the other: the first row's, and all of the pair."""

    def pair(at, first=False):
        """Two inputs at both positions: r3 those, r2 weights; the first begin both positions' sums with the one's."""
        lines = [f"ldr r4, [r3, #{at}]", f"ldr r5, [r3, #{at + 4}]", f"ldr r0, [r2, #{at}]", f"ldr r1, [r2, #{at + 4}]"]
        for w, (low, both, other, others) in (("r0", SUMS[0:2] + SUMS[4:6]), ("r1", SUMS[2:4] + SUMS[6:8])):
            for each, more, between in ((both, others, [f"sxtb16 {w}, {w}"]), (low, other, [])):
                lines += [f"smlad {more}, {w}, r5, {each if first else more}", f"smlad {each}, {w}, r4, {each}", *between]
        return lines

    def scaled(pre, post):
        """Sums to bytes: r0 and r1 multipliers, r4 what rounds; of the first position to r5, of the other to r0."""
        lines = [f"sub {SUMS[k]}, {SUMS[k]}, {SUMS[k - 1]}" for k in (1, 3, 5, 7)]
        lines += [f"ssat {r}, #16, {r}{f', asr #{pre + k % 2 * 8}' if pre or k % 2 else ''}" for k, r in enumerate(SUMS)]
        lines += [f"smlab{'bt'[k % 2]} {r}, {r}, r{k // 2 % 2}, r4" for k, r in enumerate(SUMS)]
        lines += ["ldr r5, [sp, #4]", "ldr r0, [sp, #8]", "adds r0, r0, r5"]
        lines += [f"ssat {r}, #8, {r}, asr #{post}" for r in SUMS]
        lines += [f"strb {r}, [{'r5' if k < 4 else 'r0'}, #{k % 4}]" for k, r in enumerate(SUMS) if k]
        return [*lines, f"strb {SUMS[0]}, [r5], #4", "str r5, [sp, #4]"]

    def tile(g):
        """On the stack: the end of whole turns, y, how far the other is from it, the inputs; what is kept; the end of w."""
        pairs = 2 * (-(-g.count // 4))
        most = max((g.code - END) // PAIR, 2) if g.code else 32
        turns = 0 if pairs <= most else next(n for n in range(2, pairs) if pairs - (n - 1) * ((pairs - 1) // n) <= most)
        turn = (pairs - 1) // turns if turns else 0
        begun = pairs - turns * turn
        lines = ["sub r1, r1, r0", "push {r0, r1, r3-r11, lr}", f"add r12, r3, #{8 * turn * turns}", "push {r12}"]
        lines += ["1: ldm r2!, {r6-r9}"] + [line for k in range(begun) for line in pair(8 * k, k == 0)]
        if turns:
            whole = [line for k in range(begun, begun + turn) for line in pair(8 * k)]
            lines += [f"2: {whole[0]}", *whole[1:], f"adds r2, #{8 * turn}", f"adds r3, #{8 * turn}"]
            lines += ["ldr r0, [sp]", "cmp r3, r0", "bne 2b"]
        lines += [f"adds r2, #{8 * begun}", "ldm r2!, {r0, r1, r4}", *scaled(*g.shifts), *(["ldr r3, [sp, #12]"] if turns else [])]
        lines += ["ldr r0, [sp, #52]", "cmp r2, r0", "bne 1b", "add sp, sp, #16"]
        return [*lines, "pop {r4-r11, pc}"]
%>\
<%
    op, (kernel,) = f.op, KERNELS
    g, words = kernel.product(op, f.code), kernel.pack(op)
    f.use(g)
    dense = op.kind == "integer_dense"
    r = None if dense else rows_of(op.windows, f.ins[0], f.outs[0])
    end = f"{f.name}_kernel + {words.size}"
%>\
enum { ${f.up}_INPUTS = ${op.inputs}, ${f.up}_UNITS = ${op.units}, ${f.up}_WIDE = ${-(-op.inputs // 4) * 4} };

/* [four units][two sums of each pair, begun; two inputs of each pair; multipliers; what rounds], a halfword a pair */
${f.constant_table("kernel", words, "int32")}
% if dense:
/* y = W x + b at two or more consecutive positions, two at a time. */
static void ${f.name}_each(const int8_t *x, int8_t *y, int32_t count)
{
    uint32_t wide[${f.up}_WIDE]; /* words of both positions by turns */
    for (; count > 1; count -= 2, x += 2 * ${f.up}_INPUTS, y += 2 * ${f.up}_UNITS) {
        widen_apart(wide, x, ${f.up}_INPUTS);
        widen_apart(wide + 1, x + ${f.up}_INPUTS, ${f.up}_INPUTS);
        ${g.name}(y, y + ${f.up}_UNITS, ${f.name}_kernel, wide, ${end});
    }
    if (count > 0) { /* with the one before it again */
        widen_apart(wide, x, ${f.up}_INPUTS);
        ${g.name}(y, y - ${f.up}_UNITS, ${f.name}_kernel, wide, ${end});
    }
}
% else:
${convolution(f, r, g, end)}\
% endif
<%def name="convolution(f, r, g, end)">\
<%
    op, line = f.op, r.inner
    run = line.window.kernel * r.channels
    tests = (["first == 0"] if line.low else []) + ([f"last == {line.window.kernel}"] if line.high else [])
    tests += ["inside"] if r.padded else []
    straight = run % 4 == 0
%>\
/* A row of the output from the rows that its windows see${", NULL where one is padding" if r.padded else ""}, two positions at a time. */
<%call expr="rows.row(f, r, 'window')">
    uint32_t wide[${f.up}_WIDE]; /* words of both positions by turns */
% if straight and r.padded:
    int inside = 1;
    ${over("int i", r.pointers, "inside &= rows[i] != NULL;")}
% endif
    ${"(void)window;" if straight and not tests else ""}
    for (${f.index} column = 0; column < COLUMNS; column++) {
        const ${f.index} start = column * COLUMN_STRIDE - COLUMN_PADDING;
${rows.ends(f, line)}\
        uint32_t *to = wide + column % 2;
% if straight:
        ${f'if ({" && ".join(tests)}) {{' if tests else ""}
${over("int i", r.pointers, f"widen_apart(to + i * {run}, rows[i] + start * CHANNELS, {run});")}
        ${"} else {" if tests else ""}
% endif
% if tests or not straight:
${rows.gather(f, r, op.source.zero, 1)}\
widen_apart(to, window, ${f.up}_INPUTS);
% endif
        ${"}" if straight and tests else ""}
        if (column % 2 == 1) {
            ${g.name}(y, y + ${f.up}_UNITS, ${f.name}_kernel, wide, ${end});
            y += 2 * ${f.up}_UNITS;
        }
    }
<% last = f"{g.name}(y, y - {f.up}_UNITS, {f.name}_kernel, wide, {end}); /* with the one before it again */" %>\
    ${last if line.count % 2 else ""}
</%call>
</%def>
<%def name="tile(g)">\
<% pre, post = g.shifts; wide = -(-g.count // 4) * 4 %>\
#if defined(__ARM_FEATURE_DSP)
/* All rows from w to end at two positions, in assembly alone, as it takes all registers. */
${gcc.naked(g.name, "int8_t *y, int8_t *other, const int32_t *w, const uint32_t *wide, const int32_t *end", tile(g))}\
#else
/* All rows from w to end at two positions. */
static void ${g.name}(int8_t *y, int8_t *other, const int32_t *w, const uint32_t *wide, const int32_t *end)
{
    for (; w != end; w += ${wide + 7}, y += 4, other += 4) {
        for (int r = 0; r < 8; r++) { /* the rows at the other position, then at the first */
            const int32_t *pair = w + r / 2 % 2 * 2;
            int32_t sum = r % 2 == 0 ? pair[0] : (pair[1] - pair[0]) / 256;
            for (int k = 0; k < ${wide // 2}; k++) {
                const uint32_t x = wide[2 * k + (r < 4)];
                const uint32_t two = (uint32_t)w[4 + 2 * k + r / 2 % 2];
                for (int shift = 0; shift < 32; shift += 16) {
                    const int32_t both = half(two >> shift);
                    const int32_t low = (int8_t)(both & 255);
                    sum += (r % 2 == 0 ? low : (both - low) / 256) * half(x >> shift);
                }
            }
            const int32_t m = half((uint32_t)w[${wide + 4} + r / 2 % 2] >> r % 2 * 16);
            const int32_t value = saturate16(sum >> ${pre}) * m + w[${wide + 6}];
            (r < 4 ? other : y)[r % 4] = (int8_t)saturate8(value >> ${post});
        }
    }
}
#endif
</%def>
