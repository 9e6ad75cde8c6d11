<%doc>
Helpers of operators in float32, beside those of activations. Each def is one C function; needs: libm.
</%doc>\
<%def name="square()">
static inline float act_square(float x) { return x * x; }
</%def>
<%def name="sqrt()">
static inline float act_sqrt(float x) { return sqrtf(x); }
</%def>
<%def name="rsqrt()">
static inline float act_rsqrt(float x) { return 1.0f / sqrtf(x); }
</%def>
<%def name="reciprocal()">
static inline float act_reciprocal(float x) { return 1.0f / x; }
</%def>
<%def name="ln()">
% if libm:
static inline float act_ln(float x) { return logf(x); }
% else:
/* ln(x), -infinity of 0 and what is smaller than a normal number, no number of what is negative; error below 1.2e-7 of
 * max(1, |ln x|). */
static inline float act_ln(float x)
{
    if (!(x >= 1.17549435e-38f)) {
        return act_float(x < 0.0f || x != x ? 0x7fc00000u : 0xff800000u);
    }
    const uint32_t u = act_bits(x);
    if (u >= 0x7f800000u) {
        return x;
    }
    /* From sqrt(1/2) to sqrt(2), so that nothing cancels near 1. */
    const uint32_t shifted = u - 0x3f3504f3u;
    const float power = (float)((int32_t)shifted >> 23);
    const float part = act_float((shifted & 0x007fffffu) + 0x3f3504f3u);
    const float s = (part - 1.0f) / (part + 1.0f);
    const float q = s * s;
    float p = 0.1421462f;
    p = p * q + 0.13953267f;
    p = p * q + 0.20014147f;
    p = p * q + 0.33333135f;
    return power * 0.693147181f + 2.0f * (s + s * (q * p));
}
% endif
</%def>
<%def name="signum()">
static inline float act_signum(float x)
{
    const float below = x < 0.0f ? -1.0f : x;
    return x > 0.0f ? 1.0f : below;
}
</%def>
<%def name="floor()">
/* A float of 2^23 and more is whole. */
static inline float act_floor(float x)
{
    if (!(x > -8388608.0f && x < 8388608.0f)) {
        return x;
    }
    const float whole = (float)(int32_t)x;
    return whole > x ? whole - 1.0f : whole;
}
</%def>
<%def name="ceil()">
static inline float act_ceil(float x) { return -act_floor(-x); }
</%def>
<%def name="round()">
/* The nearest whole number, of two the even one. */
static inline float act_round(float x)
{
    if (!(x > -8388608.0f && x < 8388608.0f)) {
        return x;
    }
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    const int32_t up = rest > 0.5f || (!(rest < 0.5f) && (whole & 1) != 0);
    const int32_t down = rest < -0.5f || (!(rest > -0.5f) && (whole & 1) != 0);
    return (float)(whole + up - down);
}
</%def>
<%def name="clip()">
static inline float act_clip(float x, float low, float high)
{
    const float above = x < low ? low : x;
    return above > high ? high : above;
}
</%def>
<%def name="power()">
/* x^exponent as e^(exponent ln x): no number where x is negative. */
static inline float act_power(float x, float exponent) { return act_exp(exponent * act_ln(x)); }
</%def>
<%def name="whole_power()">
static inline float act_whole_power(float x, int exponent)
{
    float y = x;
    for (int k = 1; k < exponent; k++) {
        y *= x;
    }
    return y;
}
</%def>
<%def name="truncate()">
static inline float act_truncate(float x)
{
    return x > -8388608.0f && x < 8388608.0f ? (float)(int32_t)x : x;
}
</%def>
<%def name="power_of()">
/* a^b; of a negative a where b is whole, else no number. */
static inline float act_power_of(float a, float b)
{
    const float size = act_exp(b * act_ln(a < 0.0f ? -a : a));
    if (!(a < 0.0f)) {
        return b < 0.0f || b > 0.0f ? size : 1.0f;
    }
    const float whole = act_floor(b);
    const float half = act_floor(0.5f * whole);
    const float even = half + half < whole ? -size : size;
    return whole < b ? act_ln(a) : even;
}
</%def>
<%def name="float8()">
/* To the nearest value of float8 e4m3 times the scale: four binary digits, the last no finer than 2^-9. */
static inline float act_float8(float x, float scale)
{
    const float part = x / scale;
    const float low = part > -448.0f ? part : -448.0f;
    const float y = low < 448.0f ? low : 448.0f;
    const uint32_t exponent = act_bits(y) >> 23 & 0xffu;
    const float step = act_float(((exponent > 121u ? exponent : 121u) - 3u) << 23);
    return act_round(y / step) * step * scale;
}
</%def>
