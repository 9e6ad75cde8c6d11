<%!
    from gatesmith.backends.c99.kernels.assembly import listed, used
    from gatesmith.backends.c99.kernels.vfp.narrow import group

    CORE = ("r3", "r4", "r5", "r6", "r8", "r10", "r12", "lr")
    """Registers that words go through: r7 may be a frame's, r9 that of static data, and more are operands."""
    CONDITION = "#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__)"

    def chunk(rows):
        """How many inputs are widened at once, and how many a turn of the loop multiplies."""
        return {4: (4, 8), 8: (4, 8), 12: (2, 4)}[rows]

    def places(rows, inputs):
        """The first registers of inputs, of what whole words become, of words, and of words moved left."""
        words = inputs * rows // 4
        left = 32 - words - words % 2
        wide = 2 * (rows // 4)
        return left - words - wide - inputs, left - words - wide, left - words, left

    def some(rows, inputs):
        """Multiplies so many inputs."""
        many = rows // 4
        words = inputs * many
        x, whole, raw, left = places(rows, inputs)
        core = CORE[:words]
        lines = [f"vldmia %[x]!, {listed(x, inputs)}", f"vldmia %[w], {listed(raw, words)}"]
        lines += [f"ldmia %[w]!, {{{', '.join(core)}}}" if words > 1 else f"ldr {core[0]}, [%[w]], #4"]
        lines += [f"lsls {r}, {r}, #8" if r in CORE[:4] else f"lsl {r}, {r}, #8" for r in core]
        lines += [f"vmov s{left + k}, s{left + k + 1}, {core[k]}, {core[k + 1]}" for k in range(0, words - 1, 2)]
        lines += [f"vmov s{left + words - 1}, {core[words - 1]}"] if words % 2 else []
        for k in range(inputs):
            a, b, both = raw + k * many, left + k * many, range(many)
            lines += [f"vcvt.f32.s32 s{whole + j}, s{a + j}" for j in both]
            lines += [f"vcvt.f32.s32 s{whole + many + j}, s{b + j}" for j in both]
            lines += [f"vcvt.f32.s16 s{a + j}, s{a + j}, #0" for j in both]
            lines += [f"vcvt.f32.s16 s{b + j}, s{b + j}, #8" for j in both]
            for j in both:
                of = (b + j, a + j, whole + many + j, whole + j)
                lines += [f"vfma.f32 s{4 * j + r}, s{of[r]}, s{x + k}" for r in range(4)]
        return lines

    def products(rows):
        """Sums of a group from nothing; consumes w, x and n, adds scaled sums to acc and moves it and scale, which are in to, on."""
        step, turn = chunk(rows)
        lines = ["movs r3, #0", *(f"vmov s{r}, s{r + 1}, r3, r3" for r in range(0, rows, 2))]
        lines += [f"subs %[n], #{turn}", "blt 2f"]
        body = some(rows, step) * (turn // step)
        lines += [f"1: {body[0]}", *body[1:], f"subs %[n], #{turn}", "bge 1b", f"2: adds %[n], #{turn}", "beq 4f"]
        one = some(rows, 1)
        lines += [f"3: {one[0]}", *one[1:], "subs %[n], #1", "bne 3b"]
        lines += ["4: mov r3, #0x3b800000", "vmov s31, r3", "ldrd r3, r4, %[to]"]  # 2^-8
        sums = []
        for k in range(0, rows, 4):
            b = rows + k // 4
            lines += [f"vsub.f32 s{b}, s{k + 1}, s{k}", f"vfnms.f32 s{k + 1}, s{k + 2}, s31"]
            lines += [f"vfms.f32 s{k + 3}, s{k + 2}, s31"]
            sums += [k, b, k + 1, k + 3]
        part, free = 6 if rows == 12 else rows, rows + rows // 4
        for first in range(0, rows, part):
            lines += [f"vldmia r4!, {listed(free, part)}", f"vldmia r3, {listed(free + part, part)}"]
            lines += [f"vfma.f32 s{free + part + k}, s{sums[first + k]}, s{free + k}" for k in range(part)]
            lines += [f"vstmia r3!, {listed(free + part, part)}"]
        return [*lines, "strd r3, r4, %[to]"]

    def clobbers(rows):
        words = max(4, chunk(rows)[0] * rows // 4)
        return ", ".join([*(f'"{r}"' for r in CORE[:words]), used(range(32))])
%>\
<%def name="sums(g, asm)">
/* acc[r] += scale[r] * (sum of w[k][r] * x[k]), ${g.rows} rows at once and as many times as there are rows; a word holds
 * the weights of four: a + 2^8 b + 2^16 c + 2^24 d. Sums are made of what half words and words are as integers. */
${gcc.apart() if asm else ""}\
static void ${g.name}(float *acc, const int32_t (*w)[${g.rows // 4}], const float *scale, const float *x, int n, int rows)
{
${places_of(asm)}\
    for (; rows > 0; rows -= ${g.rows}) {
        const float *in = x;
        int left = n;
${either(g, asm, "left")}\
    }
}
</%def>
<%def name="sums_long(g, asm)">
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
${gcc.apart() if asm else ""}\
static void ${g.name}(float *acc, const int32_t (*w)[${g.rows // 4}], const float *scale, const float *x, int n, int rows)
{
    float *const first = acc;
    const float *const scales = scale;
    for (int row = 0; row < rows; row += ${g.rows}) {
        const float *in = x;
        for (int k = 0; k < n; k += ${g.part}) {
            int part = n - k < ${g.part} ? n - k : ${g.part};
            acc = first + row;
            scale = scales + row;
${places_of(asm)}\
${either(g, asm, "part")}\
        }
    }
}
</%def>
<%def name="gemv(g)">
static inline void ${g.name}(float *acc, const int32_t (*w)[${group(g.rows) // 4}], const float *scale, const float *x, int n)
{
    sums_int8_${group(g.rows)}_${"vfp_long" if g.name.endswith("_long") else "vfp"}(acc, w, scale, x, n, ${g.rows});
}
</%def>
<%def name="places_of(asm)">\
% if asm:
${CONDITION}
    float *to[2] = { acc, (float *)(uintptr_t)scale }; /* in memory: registers are taken */
#endif
% endif
</%def>
<%def name="either(g, asm, n)">\
<%call expr="gcc.either(asm, CONDITION)">\
<%def name="assembly()">\
        __asm__ volatile(
${quoted(products(g.rows), " " * 12)}
            : [w] "+r"(w), [x] "+r"(in), [n] "+r"(${n}), [to] "+m"(to)
            :
            : "cc", "memory", ${clobbers(g.rows)});
</%def>\
        float sum[${g.rows}] = { 0.0f };
        for (; ${n} > 0; ${n}--, w++, in++) {
            for (int j = 0; j < ${g.rows // 4}; j++) {
                const int32_t word = (*w)[j];
                const int32_t most = (int32_t)((uint32_t)word << 8);
                float *to = sum + 4 * j;
                to[0] += (float)(int8_t)word * *in;
                to[1] += (float)(int16_t)word * *in;
                to[2] += (float)most * *in;
                to[3] += (float)word * *in;
            }
        }
        for (int j = 0; j < ${g.rows}; j += 4) {
            float *to = sum + j;
            to[3] -= 0.00390625f * to[2]; /* 2^24 d */
            to[2] = 0.00390625f * to[2] - to[1]; /* 2^16 c */
            to[1] -= to[0]; /* 2^8 b */
        }
        ${over("int j", g.rows, "*acc++ += *scale++ * sum[j];")}
</%call>\
</%def>
