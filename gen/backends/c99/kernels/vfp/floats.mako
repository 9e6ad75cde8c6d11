<%!
    from gatesmith.backends.c99.kernels.assembly import listed
    from gatesmith.backends.c99.kernels.vfp.registers import clobbers, products

    CONDITION = "#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__)"

    def floats(fused):
        """What multiplies ``count`` inputs, in registers from ``first`` on."""
        def some(rows, first, count):
            weights = [f"vldmia %[w]!, {listed(16, rows * count)}"]
            places = [(r, 16 + k * rows + r, first + k) for k in range(count) for r in range(rows)]
            if fused:
                return weights + [f"vfma.f32 s{r}, s{w}, s{x}" for r, w, x in places]
            multiplied = [f"vmul.f32 s{w}, s{w}, s{x}" for _, w, x in places]
            return weights + multiplied + [f"vadd.f32 s{r}, s{r}, s{w}" for r, w, _ in places]
        return some

    def halves(rows, first, count):
        """The same: of a word's halves the low one goes to a register behind all words, the other stays."""
        words = rows * count // 2
        lines = [f"vldmia %[w]!, {listed(16, words)}"]
        lines += [f"vcvtb.f32.f16 s{16 + words + j}, s{16 + j}" for j in range(words)]
        lines += [f"vcvtt.f32.f16 s{16 + j}, s{16 + j}" for j in range(words)]
        for k in range(count):
            for r in range(rows):
                at = (k * rows + r) // 2
                lines.append(f"vfma.f32 s{r}, s{16 + at + (words if r % 2 == 0 else 0)}, s{first + k}")
        return lines

    def added(g, n):
        """Adds w x to s0 and following; consumes w, x and n."""
        return products(g.rows, n, halves) if g.weights == "uint16" else products(g.rows, n, floats(g.kernel.fused), 8)
%>\
<%def name="gemv(g, asm)">
<% sums = listed(0, g.rows) %>\
/* acc[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(float *acc, ${g.matrix()}, const float *x, int n)
{
<%call expr="gcc.either(asm, CONDITION)">\
<%def name="assembly()">\
    __asm__ volatile(
${quoted([f"vldmia %[acc], {sums}", *added(g, "%[n]"), f"vstmia %[acc], {sums}"], " " * 8)}
        : [w] "+r"(w), [x] "+r"(x), [n] "+r"(n)
        : [acc] "r"(acc)
        : "cc", "memory", ${clobbers(g.rows)});
</%def>\
    ${over("int k", "n", over("int r", g.rows, f'acc[r] += {g.float_of("w[k][r]")} * x[k];'))}
</%call>\
}
</%def>
<%def name="gemv_scaled(g, asm)">${parts(g, asm, True, False)}</%def>
<%def name="gemv_long(g, asm)">${parts(g, asm, False, True)}</%def>
<%def name="gemv_scaled_long(g, asm)">${parts(g, asm, True, True)}</%def>
<%def name="parts(g, asm, scaled, long)">\
<%
    sums, beside = listed(0, g.rows), listed(16, g.rows)
    lines = [f"vmov s{r}, s{r + 1}, %[none], %[none]" for r in range(0, g.rows - 1, 2)]
    lines += [f"vmov s{g.rows - 1}, %[none]"] * (g.rows % 2) + added(g, "%[part]")
    if scaled:
        lines += [f"vldmia %[scale], {beside}", *(f"vmul.f32 s{r}, s{r}, s{16 + r}" for r in range(g.rows))]
    lines += [f"vldmia %[acc], {beside}", *(f"vadd.f32 s{r}, s{r}, s{16 + r}" for r in range(g.rows)), f"vstmia %[acc], {sums}"]
%>\
<%
    note = f"acc[r] += scale[r] * (sum of w[k][r] * x[k]): {g.rows} rows side by side, one pass over x; w are IEEE halves."
    note = f"The same for many inputs, in parts of {g.part} so that rounding errors do not pile up." if long else note
%>\
/* ${note} */
static void ${g.name}(float *acc, ${g.matrix()}, const float *x, int n)
{
    ${f"for (; n > 0; n -= {g.part}) {{" if long else "{"}
        int part = ${f"n < {g.part} ? n : {g.part}" if long else "n"};
<%call expr="gcc.either(asm, CONDITION)">\
<%def name="assembly()">\
        __asm__ volatile(
${quoted(lines, " " * 12)}
            : [w] "+r"(w), [x] "+r"(x), [part] "+r"(part)
            : [acc] "r"(acc), [none] "r"(0)${', [scale] "r"(scale)' if scaled else ""}
            : "cc", "memory", ${clobbers(g.rows)});
</%def>\
        float sum[${g.rows}] = { 0.0f };
        for (; part > 0; part--, w++, x++) {
            ${over("int r", g.rows, f'sum[r] += {g.float_of("(*w)[r]")} * *x;')}
        }
        ${over("int r", g.rows, f'acc[r] += {"scale[r] * " if scaled else ""}sum[r];')}
</%call>\
    }
}
</%def>
