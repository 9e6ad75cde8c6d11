<%doc>Activations with their constants in registers.</%doc>\
<%!
    from gatesmith.backends.c99.kernels.rational import MOST, denominator, numerator

    def constants(scale):
        """The square of the largest argument, P, Q and that argument, of tanh(scale x)."""
        most = MOST / scale
        return ", ".join(literal(value) for value in (most**2, *numerator(scale), *denominator(scale), most))
%>\
<%def name="half_tanh_by(asm)">
/* tanh(x) / 2 = n d / (n^2 + d^2) with n / d = tanh(x / 2), a rational function. by: the square of the largest x that
 * counts, coefficients of n / x and of d as polynomials in x^2, from the highest powers, and that largest x. Error below
 * 0.75e-7. */
static inline float act_half_tanh_by(const float *by, float x)
{
<%call expr="gcc.either(asm, '#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__)')">\
<%def name="assembly()">\
    int32_t bits;
    __asm__("vmul.f32 s4, %[x], %[x]\n vldmia %[by], {s5-s12}\n"
#ifdef __clang__ /* it has no name for the flags that vcmp changes */
            "vmov %[bits], s4\n vmov r12, s5\n cmp %[bits], r12\n bls 1f\n"
#else
            "vcmp.f32 s4, s5\n vmrs APSR_nzcv, fpscr\n bls 1f\n"
#endif
            "vmov %[bits], %[x]\n vldr %[x], [%[by], #32]\n cmp %[bits], #0\n" /* beyond the range, or NaN: the largest */
            "it mi\n vnegmi.f32 %[x], %[x]\n vmul.f32 s4, %[x], %[x]\n"
            "1: vfma.f32 s7, s6, s4\n vfma.f32 s8, s7, s4\n"
            "vfma.f32 s10, s9, s4\n vfma.f32 s11, s10, s4\n vfma.f32 s12, s11, s4\n"
            "vmul.f32 s8, s8, %[x]\n vmul.f32 s11, s8, s12\n vmul.f32 s12, s12, s12\n"
            "vfma.f32 s12, s8, s8\n vdiv.f32 %[x], s11, s12\n"
            : [x] "+t"(x), [bits] "=&r"(bits)
            : [by] "r"(by), "m"(*(const struct { float k[9]; } *)(const void *)by)
            : "cc", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "s12"
#ifdef __clang__
              , "r12"
#else
              , "vfpcc"
#endif
            );
    return x;
</%def>\
${plainly()}\
</%call>\
}
</%def>
<%def name="plainly()">\
    const float least = x > -by[8] ? x : -by[8];
    const float y = least < by[8] ? least : by[8];
    const float s = y * y;
    const float n = ((by[1] * s + by[2]) * s + by[3]) * y;
    const float d = ((by[4] * s + by[5]) * s + by[6]) * s + by[7];
    return n * d / (n * n + d * d);
</%def>
<%def name="tanh(counted)">
<% counted("act_by_tanh", 9, "float32") %>\
static const float act_by_tanh[9] = { ${constants(1.0)} };
static inline float act_tanh(float x)
{
    const float half = act_half_tanh_by(act_by_tanh, x);
    return half + half;
}
</%def>
<%def name="sigmoid(counted)">
<% counted("act_by_sigmoid", 9, "float32") %>\
static const float act_by_sigmoid[9] = { ${constants(0.5)} };
/* 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2, whose constants have the half in them; error below 1.2e-7. */
static inline float act_sigmoid(float x) { return act_half_tanh_by(act_by_sigmoid, x) + 0.5f; }
</%def>
<%def name="float_of_half(asm, plain)">
<%call expr="gcc.either(asm, '#if defined(__ARM_FEATURE_FMA) && defined(__thumb2__) /* where there is FMA, there is this */')">\
<%def name="assembly()">\
/* The float of an IEEE half, given as its bits: exact. */
static inline float float_of_half(uint16_t half)
{
    float y = act_float(half);
    __asm__("vcvtb.f32.f16 %[y], %[y]" : [y] "+t"(y));
    return y;
}
</%def>\
${plain("float_of_half")}
</%call>\
</%def>
