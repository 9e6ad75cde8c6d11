<%namespace name="plain" file="/plain/float32.mako"/>\
<%!
    LOADS = {"float32": "vldrw.32 {q}, [%[w]], #16", "int8": "vldrb.s32 {q}, [%[w]], #4\\n vcvt.f32.s32 {q}, {q}", "uint16": "vldrh.u32 {q}, [%[w]], #8\\n vcvtb.f32.f16 {q}, {q}"}
    """Four weights as floats in a register, by their type; the address goes on."""
    VECTORS = {"float32": "vldrwq_f32({w})", "int8": "vcvtq_f32_s32(vldrbq_s32({w}))", "uint16": "vcvtbq_f32_f16(vreinterpretq_f16_u32(vldrhq_u32({w})))"}
    """The same in C."""
%>\
<%def name="gemv(g, space, asm)">${product(g, space, asm, g.scaled)}</%def>
<%def name="gemv_part(g, space, asm)">${product(g, space, asm, True)}</%def>
<%def name="product(g, space, asm, fresh)">\
<% vectors, scales = range(g.rows // 4), g.scaled %>\
/* acc[r] += ${"scale[r] * " if scales else ""}sum of w[k][r] * x[k]: ${g.rows} rows in vectors of four, one pass over x. */
static void ${g.name}(float *acc, ${g.matrix(space)}, const float *x, int n)
{
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
% if asm:
<%
    turn = lambda register: "".join(line(v, register) for v in vectors)
    def line(v, register):
        return f'        "{LOADS[g.weights].format(q=q)}\\n vfma.f32 q{v}, {q}, {register}\\n"\n'
    q = f"q{len(vectors)}" # one vector of weights beside the sums
    used = ", ".join(f'"q{v}"' for v in range(len(vectors) + 1))
%>\
    const void *from = w;
    __asm__ volatile(
% for v in vectors:
        "${f"vmov.i32 q{v}, #0" if fresh else f"vldrw.32 q{v}, [%[acc], #{16 * v}]"}\n"
% endfor
        "lsrs r4, %[n], #2\n beq 2f\n dls lr, r4\n"
        "1: ldmia %[x]!, {r4, r5, r6, r8}\n" /* four inputs at a time */
${turn("r4")}${turn("r5")}${turn("r6")}${turn("r8")}\
        "le lr, 1b\n"
        "2: ands r4, %[n], #3\n beq 4f\n dls lr, r4\n"
        "3: ldr r4, [%[x]], #4\n"
${turn("r4")}\
        "le lr, 3b\n"
        "4:\n"
% for v in vectors:
% if scales:
        "vldrw.32 ${q}, [%[scale], #${16 * v}]\n vmul.f32 q${v}, q${v}, ${q}\n"
% endif
% if fresh:
        "vldrw.32 ${q}, [%[acc], #${16 * v}]\n vadd.f32 q${v}, q${v}, ${q}\n"
% endif
        "vstrw.32 q${v}, [%[acc], #${16 * v}]\n"
% endfor
        : [w] "+l"(from), [x] "+r"(x)
        : [n] "r"(n), [acc] "r"(acc)${', [scale] "r"(scale)' if scales else ""}
        : "r4", "r5", "r6", "r8", "lr", "cc", "memory", ${used});
% else:
    ${[f"float32x4_t sum_{v} = vdupq_n_f32(0.0f);" for v in vectors]}
    for (int k = 0; k < n; k++) {
        const float in = x[k];
        ${[f'sum_{v} = vfmaq_n_f32(sum_{v}, {VECTORS[g.weights].format(w=f"&w[k][{4 * v}]")}, in);' for v in vectors]}
    }
% for v, at in ((v, 4 * v) for v in vectors):
<% total = f"vfmaq_f32(vldrwq_f32(acc + {at}), vldrwq_f32(scale + {at}), " if scales else f"vaddq_f32(vldrwq_f32(acc + {at}), " %>\
    vstrwq_f32(acc + ${at}, ${total}sum_${v}));
% endfor
% endif
#else
${plain.sums(g)}\
#endif
}
</%def>
<%def name="gemv_long(g, space)">${plain.gemv_long(g, space, "_part")}</%def>
<%def name="few(g, space)">
/* acc[r] += ${"scale[r] * " if g.scaled else ""}sum of w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, one pass over x. */
static void ${g.name}(float *acc, ${g.matrix(space)}, const float *x, int n)
{
${plain.sums(g)}\
}
</%def>
