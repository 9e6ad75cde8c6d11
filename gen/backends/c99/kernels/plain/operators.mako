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
<%def name="dot_rows()">
/* y[j] = x . row j. Four sums, so that none waits for the one before it. */
static inline void dot_rows(float *y, const float *x, const float *rows, int count, int stride, int width)
{
    for (int j = 0; j < count; j++) {
        const float *row = rows + (int32_t)j * stride;
        float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
        int k = 0;
        for (; k + 4 <= width; k += 4) {
            a += x[k] * row[k];
            b += x[k + 1] * row[k + 1];
            c += x[k + 2] * row[k + 2];
            d += x[k + 3] * row[k + 3];
        }
        for (; k < width; k++) {
            a += x[k] * row[k];
        }
        y[j] = (a + b) + (c + d);
    }
}
</%def>
<%def name="sum_rows()">
/* y = sum of w[j] times row j, four values at once. */
static inline void sum_rows(float *y, const float *w, const float *rows, int count, int stride, int width)
{
    int k = 0;
    for (; k + 4 <= width; k += 4) {
        float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
        for (int j = 0; j < count; j++) {
            const float *row = rows + (int32_t)j * stride + k;
            a += w[j] * row[0];
            b += w[j] * row[1];
            c += w[j] * row[2];
            d += w[j] * row[3];
        }
        y[k] = a;
        y[k + 1] = b;
        y[k + 2] = c;
        y[k + 3] = d;
    }
    for (; k < width; k++) {
        y[k] = 0.0f;
        for (int j = 0; j < count; j++) {
            y[k] += w[j] * rows[(int32_t)j * stride + k];
        }
    }
}
</%def>
<%def name="floor()">
/* A float of 2^23 and more is an integer. */
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
/* The nearest integer, ties to even. */
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
/* x^exponent as e^(exponent ln x): NaN if x is negative. */
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
<%def name="power_of()">
/* a^b; for negative a, NaN unless b is an integer. */
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
<%def name="truncate()">
static inline float act_truncate(float x)
{
    return x > -8388608.0f && x < 8388608.0f ? (float)(int32_t)x : x;
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
<%def name="wave()">
/* sin x, or where ahead is 1 cos x: x less its nearest quarter turns, which are taken off in three parts. */
static inline float act_wave(float x, uint32_t ahead)
{
    const float shifted = x * 0.636619772f + 12582912.0f; /* 1.5 * 2^23: the low bits now hold n */
    const float n = shifted - 12582912.0f;
    const float rough = x - n * 1.5703125f;
    const float near = rough - n * 4.83751297e-4f;
    const float r = near - n * 7.54978995e-8f;
    const float s = r * r;
    float odd = -0.00019495547f;
    odd = odd * s + 0.008331978f;
    odd = odd * s - 0.16666651f;
    odd = odd * (s * r) + r;
    float even = 2.4438357e-05f;
    even = even * s - 0.0013887367f;
    even = even * s + 0.041666646f;
    even = even * (s * s) - 0.5f * s + 1.0f;
    const uint32_t turn = act_bits(shifted) + ahead;
    const float y = (turn & 1u) != 0u ? even : odd;
    return (turn & 2u) != 0u ? -y : y;
}
</%def>
<%def name="sin()">
% if libm:
static inline float act_sin(float x) { return sinf(x); }
% else:
/* For |x| up to 8192: error below 1.0e-7. */
static inline float act_sin(float x) { return act_wave(x, 0u); }
% endif
</%def>
<%def name="cos()">
% if libm:
static inline float act_cos(float x) { return cosf(x); }
% else:
/* For |x| up to 8192: error below 1.0e-7. */
static inline float act_cos(float x) { return act_wave(x, 1u); }
% endif
</%def>
<%def name="tan()">
static inline float act_tan(float x) { return act_sin(x) / act_cos(x); }
</%def>
<%def name="arctan()">
% if libm:
static inline float act_arctan(float x) { return atanf(x); }
% else:
/* arctan a, or a quarter or a half of pi beside it: -1 / a, (a - 1) / (a + 1); error below 1.3e-7. */
static inline float act_arctan(float x)
{
    const float size = act_abs(x);
    const float base = size > 2.41421356f ? 1.57079633f : size > 0.414213562f ? 0.785398163f : 0.0f;
    const float low = size > 0.414213562f ? (size - 1.0f) / (size + 1.0f) : size;
    const float a = size > 2.41421356f ? -1.0f / size : low;
    const float s = a * a;
    float p = 0.07901541f;
    p = p * s - 0.13824125f;
    p = p * s + 0.19971848f;
    p = p * s - 0.33332756f;
    return act_sign(base + (p * (s * a) + a), x);
}
% endif
</%def>
<%def name="arcsin()">
static inline float act_arcsin(float x) { return act_arctan(x / sqrtf((1.0f - x) * (1.0f + x))); }
</%def>
<%def name="arccos()">
static inline float act_arccos(float x) { return 1.57079633f - act_arcsin(x); }
</%def>
<%def name="sinh()">
static inline float act_sinh(float x)
{
    const float size = act_abs(x);
    const float e = act_exp(size < 88.0f ? size : size - 1.0f);
    const float s = x * x;
    const float near = size + size * s * (0.16666667f + s * (0.008333334f + s * 0.00019841270f));
    const float far = (e - 1.0f / e) * (size < 88.0f ? 0.5f : 1.3591409f);
    return act_sign(size < 0.5f ? near : far, x);
}
</%def>
<%def name="cosh()">
static inline float act_cosh(float x)
{
    const float size = act_abs(x);
    const float e = act_exp(size < 88.0f ? size : size - 1.0f);
    return (e + 1.0f / e) * (size < 88.0f ? 0.5f : 1.3591409f);
}
</%def>
<%def name="arcsinh()">
/* ln(|x| + sqrt(x^2 + 1)) with the sign of x; beyond 1e9 the root is |x|. */
static inline float act_arcsinh(float x)
{
    const float size = act_abs(x);
    const float far = act_ln(size) + 0.693147181f;
    return act_sign(size < 1e9f ? act_ln(size + sqrtf(size * size + 1.0f)) : far, x);
}
</%def>
<%def name="arccosh()">
static inline float act_arccosh(float x)
{
    const float far = act_ln(x) + 0.693147181f;
    return x < 1e9f ? act_ln(x + sqrtf((x - 1.0f) * (x + 1.0f))) : far;
}
</%def>
<%def name="arctanh()">
static inline float act_arctanh(float x) { return 0.5f * act_ln((1.0f + x) / (1.0f - x)); }
</%def>
