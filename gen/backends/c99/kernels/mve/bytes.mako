<%doc>
gemv of int8 for Arm cores with Helium, and the same in plain C elsewhere. Weights lie by rows: w[row][input].
Needs: g, the Product; asm, whether assembly may be written.
</%doc>\
<%!
    from gatesmith.backends.c99.kernels.assembly import quoted

    def chunks(n):
        """Where the vectors of n bytes begin, and how many bytes of each count."""
        return [(k, min(16, n - k)) for k in range(0, n, 16)]

    def turn(rows):
        """Rows that a turn of the loop multiplies."""
        return 4 if rows % 4 == 0 else 2 if rows % 2 == 0 else 1

    def products(rows, n):
        """The inputs into registers, then all rows."""
        many, parts = turn(rows), chunks(n)
        whole = parts[:-1] if n % 16 else parts
        lines = [f"vldrb.u8 q{k}, [%[x], #{at}]" for k, (at, _) in enumerate(whole)]
        if n % 16:  # p0 may hold a predicate of the code around it, and clang knows no such name to clobber
            lines += ["vmrs lr, p0", "vctp.8 %[rest]", "vpst", f"vldrbt.u8 q{len(whole)}, [%[x], #{parts[-1][0]}]"]
            lines += ["vmsr p0, lr"]
        sums = ("r4", "r6", "r8", "r10")[:many]
        loop = ["ldr r4, [%[sums]]"] if many == 1 else ["ldrd r4, r6, [%[sums]]"]
        loop += ["ldrd r8, r10, [%[sums], #8]"] if many == 4 else []
        turns = 0
        for sum_ in sums:
            for k, (_, size) in enumerate(parts):
                loop += [f"vldrb.u8 q{4 + turns % 4}, [%[w]], #{size}", f"vmladava.s8 {sum_}, q{4 + turns % 4}, q{k}"]
                turns += 1
        loop += ["str r4, [%[sums]], #4"] if many == 1 else ["strd r4, r6, [%[sums]], #8"]
        loop += ["strd r8, r10, [%[sums]], #8"] if many == 4 else []
        if rows > many:
            loop = [f"1: {loop[0]}", *loop[1:], "le lr, 1b"]
            lines += [f"mov lr, #{rows // many}", "dls lr, lr"]
        return lines + loop

    def used(rows, n):
        names = [*("r4", "r6", "r8", "r10")[: turn(rows)], "lr"]
        names += [f"q{k}" for k in range(len(chunks(n)))] + ["q4", "q5", "q6", "q7"]
        return ", ".join(f'"{name}"' for name in names)
%>\
<%def name="gemv(g, asm)">
<% n, rest = g.count, g.count % 16 %>\
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} row${'s' if g.rows > 1 else ''} of ${n} inputs, which stay in registers. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
    (void)n;
% if asm:
    __asm__ volatile(
${quoted(products(g.rows, n), " " * 8)}
        : [w] "+r"(w), [sums] "+r"(sums)
        : [x] "r"(x)${f', [rest] "r"({rest})' if rest else ""}
        : "memory", ${used(g.rows, n)});
% else:
% for k, (at, size) in enumerate(chunks(n)):
    const int8x16_t x_${k} = ${f"vldrbq_s8(x + {at})" if size == 16 else f"vldrbq_z_s8(x + {at}, vctp8q({size}))"};
% endfor
    for (int r = 0; r < ${g.rows}; r++, w += ${n}) {
        int32_t sum = sums[r];
% for k, (at, size) in enumerate(chunks(n)):
        sum = vmladavaq_s8(sum, vldrbq_s8(w + ${at}), x_${k});
% endfor
        sums[r] = sum;
    }
% endif
#else
    for (int r = 0; r < ${g.rows}; r++) {
        for (int k = 0; k < n; k++) {
            sums[r] += *w++ * x[k];
        }
    }
#endif
}
</%def>
<%def name="columns(g)">
<% whole = g.rows % 4 == 0 %>\
/* sums[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, of ${g.count} input${'s' if g.count > 1 else ''}. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
#if defined(__ARM_FEATURE_MVE)
    (void)n;
    for (int r = 0; r < ${g.rows}; r += 4) {
% if whole:
        int32x4_t sum = vldrwq_s32(sums + r);
% for k in range(g.count):
        sum = vmlaq_n_s32(sum, vldrbq_s32(w + r${f" + {k * g.rows}" if k else ""}), x[${k}]);
% endfor
        vstrwq_s32(sums + r, sum);
% else:
        const mve_pred16_t inside = vctp32q((uint32_t)(${g.rows} - r));
        int32x4_t sum = vldrwq_z_s32(sums + r, inside);
% for k in range(g.count):
        sum = vmlaq_n_s32(sum, vldrbq_z_s32(w + r${f" + {k * g.rows}" if k else ""}, inside), x[${k}]);
% endfor
        vstrwq_p_s32(sums + r, sum, inside);
% endif
    }
#else
    for (int k = 0; k < n; k++) {
        for (int r = 0; r < ${g.rows}; r++) {
            sums[r] += *w++ * x[k];
        }
    }
#endif
}
</%def>
<%def name="gemv_long(g)">
<% head = g.name.partition("_rest")[0] %>\
/* The same of many inputs, 64 at a time. */
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
    for (; n >= 64; n -= 64, x += 64, w += ${64 * g.rows}) {
        ${head}x64_mve(sums, w, x, 64);
    }
% if g.count:
    ${head}x${g.count}_mve(sums, w, x, n);
% endif
}
</%def>
