<%doc>Activations of four values.</%doc>\
<%!
    from gatesmith.backends.c99.kernels.rational import MOST, denominator, numerator

    P = [literal(value) for value in numerator()]
    Q = [literal(value) for value in denominator()]
%>\
<%def name="vector_quotient(asm)">
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
/* Helium has no division: the four lanes one by one. */
static inline float32x4_t vector_quotient(float32x4_t top, float32x4_t below)
{
% if asm:
    register float32x4_t y __asm__("q0") = top;
    register float32x4_t by __asm__("q1") = below;
    __asm__("vdiv.f32 s0, s0, s4\n vdiv.f32 s1, s1, s5\n vdiv.f32 s2, s2, s6\n vdiv.f32 s3, s3, s7" : "+w"(y) : "w"(by));
    return y;
% else:
    float32x4_t y = top;
    y = vsetq_lane_f32(vgetq_lane_f32(top, 0) / vgetq_lane_f32(below, 0), y, 0);
    y = vsetq_lane_f32(vgetq_lane_f32(top, 1) / vgetq_lane_f32(below, 1), y, 1);
    y = vsetq_lane_f32(vgetq_lane_f32(top, 2) / vgetq_lane_f32(below, 2), y, 2);
    return vsetq_lane_f32(vgetq_lane_f32(top, 3) / vgetq_lane_f32(below, 3), y, 3);
% endif
}
#endif
</%def>
<%def name="vector_tanh()">
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
/* tanh x = 2 n d / (n^2 + d^2) with n / d = tanh(x / 2), a rational function; error below 1.7e-7. */
static inline float32x4_t vector_tanh(float32x4_t x)
{
    const float32x4_t least = vmaxnmq_f32(x, vdupq_n_f32(${literal(-MOST)}));
    const float32x4_t y = vminnmq_f32(least, vdupq_n_f32(${literal(MOST)}));
    const float32x4_t s = vmulq_f32(y, y);
    const float32x4_t p = vfmasq_n_f32(vfmasq_n_f32(s, vdupq_n_f32(${P[0]}), ${P[1]}), s, ${P[2]});
    const float32x4_t q = vfmasq_n_f32(vfmasq_n_f32(s, vdupq_n_f32(${Q[0]}), ${Q[1]}), s, ${Q[2]});
    const float32x4_t d = vfmasq_n_f32(q, s, ${Q[3]});
    const float32x4_t n = vmulq_f32(p, y);
    return vector_quotient(vmulq_f32(n, vaddq_f32(d, d)), vfmaq_f32(vmulq_f32(d, d), n, n));
}
#endif
</%def>
<%def name="vector_sigmoid()">
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
/* 1 / (1 + e^-x) = (1 + tanh(x / 2)) / 2 of four values; error below 1.2e-7. */
static inline float32x4_t vector_sigmoid(float32x4_t x)
{
    return vfmasq_n_f32(vector_tanh(vmulq_n_f32(x, 0.5f)), vdupq_n_f32(0.5f), 0.5f);
}
#endif
</%def>
<%def name="vectors_tanh()">
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
/* tanh of n values, a multiple of four; inlined, its constants are loaded each time. */
__attribute__((noinline)) static void vectors_tanh(float *x, int n)
{
#pragma GCC unroll 1
    ${over("int k", "n", "vstrwq_f32(x + k, vector_tanh(vldrwq_f32(x + k)));", step=4)}
}
#endif
</%def>
<%def name="tanh_each()">${each("tanh")}</%def>
<%def name="sigmoid_each()">${each("sigmoid")}</%def>
<%def name="each(function)">
${gcc.apart("inlined, its constants are loaded each time")}\
/* act_${function} of n values. */
static void act_${function}_each(float *x, int n)
{
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
#pragma GCC unroll 1 /* a loop of predicated tails */
    for (int k = 0; k < n; k += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(n - k));
        vstrwq_p_f32(x + k, vector_${function}(vldrwq_z_f32(x + k, inside)), inside);
    }
#else
    ${over("int k", "n", f"x[k] = act_{function}(x[k]);")}
#endif
}
</%def>
