<%doc>
gemv of float32 for Arm cores with floating point, and the same in plain C elsewhere. Weights lie by inputs:
w[input][row]. Needs: g, the Product; asm, whether assembly may be written.
</%doc>\
<%!
    from gatesmith.backends.c99.kernels.assembly import listed, quoted
    from gatesmith.backends.c99.kernels.vfp.registers import clobbers, products

    def some(rows, first, count, fused):
        """Multiplies ``count`` inputs, in registers from ``first`` on."""
        weights = [f"vldmia %[w]!, {listed(16, rows * count)}"]
        places = [(r, 16 + k * rows + r, first + k) for k in range(count) for r in range(rows)]
        if fused:
            return weights + [f"vfma.f32 s{r}, s{w}, s{x}" for r, w, x in places]
        multiplied = [f"vmul.f32 s{w}, s{w}, s{x}" for _, w, x in places]
        return weights + multiplied + [f"vadd.f32 s{r}, s{r}, s{w}" for r, w, _ in places]

    def added(g, n):
        """Adds w x to s0 and following; consumes w, x and n."""
        return products(g.rows, n, lambda rows, first, count: some(rows, first, count, g.kernel.fused), 8)
%>\
<%def name="gemv(g, asm)">
<% sums = listed(0, g.rows) %>\
/* acc[r] += sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(float *acc, const float (*w)[${g.rows}], const float *x, int n)
{
% if asm:
#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__)
    __asm__ volatile(
${quoted([f"vldmia %[acc], {sums}", *added(g, "%[n]"), f"vstmia %[acc], {sums}"], " " * 8)}
        : [w] "+r"(w), [x] "+r"(x), [n] "+r"(n)
        : [acc] "r"(acc)
        : "cc", "memory", ${clobbers(g.rows)});
#else
${plainly(g)}\
#endif
% else:
${plainly(g)}\
% endif
}
</%def>
<%def name="gemv_long(g, asm)">
<%
    sums = listed(0, g.rows)
    zeros = [f"vmov s{r}, s{r + 1}, %[none], %[none]" for r in range(0, g.rows - 1, 2)]
    zeros += [f"vmov s{g.rows - 1}, %[none]"] if g.rows % 2 else []
    joined = [f"vldmia %[acc], {listed(16, g.rows)}", *(f"vadd.f32 s{r}, s{16 + r}" for r in range(g.rows)), f"vstmia %[acc], {sums}"]
%>\
/* The same for many inputs, in parts of ${g.part} so that rounding errors do not pile up. */
static void ${g.name}(float *acc, const float (*w)[${g.rows}], const float *x, int n)
{
% if asm:
#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__)
    for (; n > 0; n -= ${g.part}) {
        int part = n < ${g.part} ? n : ${g.part};
        __asm__ volatile(
${quoted([*zeros, *added(g, "%[part]"), *joined], " " * 12)}
            : [w] "+r"(w), [x] "+r"(x), [part] "+r"(part)
            : [acc] "r"(acc), [none] "r"(0)
            : "cc", "memory", ${clobbers(g.rows)});
    }
#else
${parts(g)}\
#endif
% else:
${parts(g)}\
% endif
}
</%def>
<%def name="plainly(g)">\
% for r in range(g.rows):
    float sum_${r} = acc[${r}];
% endfor
    for (int k = 0; k < n; k++) {
% for r in range(g.rows):
        sum_${r} += w[k][${r}] * x[k];
% endfor
    }
% for r in range(g.rows):
    acc[${r}] = sum_${r};
% endfor
</%def>
<%def name="parts(g)">\
    for (int first = 0; first < n; first += ${g.part}) {
        const int end = n - first < ${g.part} ? n : first + ${g.part};
% for r in range(g.rows):
        float sum_${r} = 0.0f;
% endfor
        for (int k = first; k < end; k++) {
% for r in range(g.rows):
            sum_${r} += w[k][${r}] * x[k];
% endfor
        }
% for r in range(g.rows):
        acc[${r}] += sum_${r};
% endfor
    }
</%def>
