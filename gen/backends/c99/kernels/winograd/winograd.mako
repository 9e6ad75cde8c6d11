<%!
    from gatesmith.backends.c99.kernels.winograd.winograd import KERNELS
    from gatesmith.backends.c99.windows import moved

    TURN = 24
    """Most pairs of inputs that a turn of the loop has."""
    SUMS = "{r4-r11}"
    """Of four rows at the first two columns, then at the last two."""

    def products(g):
        """All inputs of one of the four parts: x from r3, weights from r2, both moved on."""
        pairs = g.count // 2
        turn = next(n for n in range(min(TURN, pairs), 0, -1) if pairs % n == 0)
        loop = []
        for k in range(turn):
            loop += [f"ldr r0, [r3, #{8 * k}]", f"ldr r1, [r3, #{8 * k + 4}]"]
            for row in (0, 2):
                loop += [f"ldr r12, [r2, #{16 * k + 4 * row}]", f"ldr lr, [r2, #{16 * k + 4 * row + 4}]"]
                for w, at in (("r12", 4 + row), ("lr", 5 + row)):
                    loop += [f"smlad r{at}, {w}, r0, r{at}", f"smlad r{at + 4}, {w}, r1, r{at + 4}"]
        loop += [f"add r2, r2, #{16 * turn}", f"add r3, r3, #{8 * turn}"]
        if turn < pairs:
            loop = [f"5: {loop[0]}", *loop[1:], "ldr r12, [sp, #76]", "cmp r3, r12", "bne 5b"]
            loop = [f"add r12, r3, #{4 * g.count}", "str r12, [sp, #76]", *loop]
        return ["4: str lr, [sp, #80]", *loop, "ldr pc, [sp, #80]"]

    def stored(g, column):
        """The sums as bytes of a column and of the one two further on."""
        pre, post = g.shifts
        lines = ["ldm r2!, {r0, r1, lr}", "ldr r12, [sp, #64]"]
        lines += [f"ssat r{k}, #16, r{k}, asr #{pre + 1}" for k in range(4, 12)]
        lines += [f"smlab{'bt'[k % 2]} r{k}, r{k}, r{k // 2 % 2}, lr" for k in range(4, 12)]
        lines += [f"ssat r{k}, #8, r{k}, asr #{post}" for k in range(4, 12)]
        return lines + [f"strb r{k}, [r12, #{(column + k // 8 * 2) * g.rows + k % 4}]" for k in range(4, 12)]

    def columns(g):
        """r0 y, r1 the end of w in r2, r3 x. On the stack: m1, m1 + m2, then y, x, the end of w, the end of a run of
        turns, where products return to."""
        lines = ["push {r4-r11, lr}", "sub sp, sp, #84", "str r0, [sp, #64]", "str r3, [sp, #68]", "str r1, [sp, #72]"]
        lines += ["1: ldm r2!, {r4-r7}", "mov r8, r4", "mov r9, r5", "mov r10, r6", "mov r11, r7", "ldr r3, [sp, #68]"]
        lines += ["bl 4f", f"stm sp, {SUMS}", "bl 4f", "add r12, sp, #32", f"stm r12, {SUMS}", "bl 4f", *stored(g, 0)]
        lines += [f"ldm sp, {SUMS}"]
        for k in range(0, 8, 2):
            lines += [f"ldr r0, [sp, #{32 + 4 * k}]", f"ldr r1, [sp, #{36 + 4 * k}]"]
            lines += [f"rsb r{4 + k}, r0, r{4 + k}, lsl #1", f"rsb r{5 + k}, r1, r{5 + k}, lsl #1"]
        lines += ["bl 4f", *stored(g, 1), "add r12, r12, #4", "str r12, [sp, #64]", "ldr r0, [sp, #72]", "cmp r2, r0"]
        return [*lines, "bne 1b", "add sp, sp, #84", "pop {r4-r11, pc}", *products(g)]
%>\
<%
    op, (kernel,) = f.op, KERNELS
    g, words = kernel.product(op), kernel.pack(op)
    f.use(g)
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line = r.inner
    tests = ["rows[i] == NULL"] * r.padded + line.outside("at", "COLUMNS_IN")
    place = "rows[i] + at * CHANNELS"
    first = "column" if line.count % 4 == 0 else f"column < {line.count - 4} ? column : {line.count - 4}"
%>\
enum { ${f.up}_CHANNELS = ${r.channels}, ${f.up}_FILTERS = ${op.units}, ${f.up}_INPUTS = ${g.count} };

/* [four filters][twice what sums begin with; weights of m1, m2, m0; multipliers; what rounds; weights of m3; these again] */
${f.constant_table("kernel", words, "int32")}
/* A row of the output from the rows that its windows see${", NULL where one is padding" if r.padded else ""}, four positions at a time${"" if line.count % 4 == 0 else ", the last of them again"}. */
<%call expr="rows.row(f, r, 'window')">
    uint32_t wide[4 * ${f.up}_INPUTS];
${rows.border(f, tests, f"{f.up}_CHANNELS")}\
    for (${f.index} column = 0; column < COLUMNS; column += 4) {
        const ${f.index} first = ${first};
        for (int i = 0; i < ${r.pointers}; i++) {
            const int8_t *from[6];
            for (int k = 0; k < 6; k++) {
                const ${f.index} at = ${moved("first + k", -line.window.left)};
                from[k] = ${f"{' || '.join(tests)} ? window : {place}" if tests else place};
            }
            winograd_columns(wide + i * ${f.up}_CHANNELS, from, ${f.up}_CHANNELS, ${f.up}_INPUTS);
        }
        ${g.name}(y + first * ${f.up}_FILTERS, ${f.name}_kernel + ${words.size}, ${f.name}_kernel, wide);
    }
</%call>
<%def name="winograd_columns()">
/* Six columns of n channels as what four outputs' products are made of: m1, m2, m0 and m3 lie apart. */
static inline void winograd_columns(uint32_t *to, const int8_t *const *from, int n, int apart)
{
    for (int c = 0; c < n; c += 4, to += 4) {
#if defined(__ARM_FEATURE_DSP)
        int16x2_t d[6];
        int16x2_t odd[6];
${gcc.unrolled(6)}\
        for (int k = 0; k < 6; k++) {
            int8x4_t four;
            memcpy(&four, from[k] + c, sizeof four);
            d[k] = __sxtb16(four);
            odd[k] = odd_bytes(four);
        }
% for name, at in (("d", 0), ("odd", 2)):
% for tile in (0, 2):
        to[${at + tile // 2}] = (uint32_t)__sadd16(${name}[${tile + 1}], ${name}[${tile + 2}]);
        to[apart + ${at + tile // 2}] = (uint32_t)__ssub16(${name}[${tile + 2}], ${name}[${tile + 1}]);
        to[2 * apart + ${at + tile // 2}] = (uint32_t)__ssub16(${name}[${tile}], ${name}[${tile + 2}]);
        to[3 * apart + ${at + tile // 2}] = (uint32_t)__ssub16(${name}[${tile + 3}], ${name}[${tile + 1}]);
% endfor
% endfor
#else
        for (int k = 0; k < 4; k++) { /* of two words, the two tiles of each */
            uint32_t *at = to + k;
            const int place = c + k / 2;
            const int tile = k % 2 * 2;
            int32_t d[2][4];
            ${over("int j", 8, "d[j / 4][j % 4] = from[tile + j % 4][place + j / 4 * 2];")}
            at[0] = ((uint32_t)(d[0][1] + d[0][2]) & 65535u) | (uint32_t)(d[1][1] + d[1][2]) << 16;
            at[apart] = ((uint32_t)(d[0][2] - d[0][1]) & 65535u) | (uint32_t)(d[1][2] - d[1][1]) << 16;
            at[2 * apart] = ((uint32_t)(d[0][0] - d[0][2]) & 65535u) | (uint32_t)(d[1][0] - d[1][2]) << 16;
            at[3 * apart] = ((uint32_t)(d[0][3] - d[0][1]) & 65535u) | (uint32_t)(d[1][3] - d[1][1]) << 16;
        }
#endif
    }
}
</%def>
<%def name="columns(g)">\
<% pre, post = g.shifts; part = 2 * g.count %>\
#if defined(__ARM_FEATURE_DSP)
/* All rows up to end at four positions, in assembly alone, as it takes all registers; y of a position is ${g.rows} on. */
${gcc.naked(g.name, "int8_t *y, const int32_t *end, const int32_t *w, const uint32_t *wide", columns(g))}\
#else
/* All rows up to end at four positions; y of a position is ${g.rows} on. */
static void ${g.name}(int8_t *y, const int32_t *end, const int32_t *w, const uint32_t *wide)
{
    for (; w != end; w += ${4 * part + 10}, y += 4) {
        for (int r = 0; r < 8; r++) { /* four rows of the first two positions, then of the others */
            int32_t m[4] = { 0 };
            for (int k = 0; k < ${part}; k++) { /* the four parts' pairs */
                const int part = k / ${g.count // 2};
                const uint32_t u = (uint32_t)w[4 + 4 * k + (part == 3 ? 3 : 0) + r % 4];
                const uint32_t v = wide[2 * k + r / 4];
                m[part] += half(u) * half(v) + half(u >> 16) * half(v >> 16);
            }
            const int32_t by = half((uint32_t)w[${3 * part + 4} + r % 4 / 2] >> r % 2 * 16);
            for (int j = 0; j < 2; j++) {
                const int32_t sum = w[r % 4] + m[0] + (j == 0 ? m[1] + m[2] : m[3] - m[1]);
                const int32_t value = saturate16(sum >> ${pre + 1}) * by + w[${3 * part + 6}];
                y[(r / 4 * 2 + j) * ${g.rows} + r % 4] = (int8_t)saturate8(value >> ${post});
            }
        }
    }
}
#endif
</%def>
