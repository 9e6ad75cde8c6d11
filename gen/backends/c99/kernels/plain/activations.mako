<%doc>
Activation helpers in float32. Each def is one C function; needs: libm, exact (the math).
The approximations were fitted for this project (tools/fit_float32.py); worst errors stand beside them.
</%doc>\
<%def name="load(space)">
/* n values of a table in program memory, to where they are worked on. */
static void load(float *to, const ${space}float *from, int n)
{
    for (int k = 0; k < n; k++) {
        to[k] = from[k];
    }
}
</%def>
<%def name="bits()">
static inline uint32_t act_bits(float x)
{
    uint32_t u;
    memcpy(&u, &x, sizeof u);
    return u;
}
</%def>
<%def name="float()">
static inline float act_float(uint32_t u)
{
    float x;
    memcpy(&x, &u, sizeof x);
    return x;
}
</%def>
<%def name="abs()">
static inline float act_abs(float x) { return act_float(act_bits(x) & 0x7fffffffu); }
</%def>
<%def name="size()">
/* |x|, at most most: compared as integers, because compilers vectorise that but not a float comparison. */
static inline float act_size(float x, float most)
{
    const uint32_t u = act_bits(x) & 0x7fffffffu;
    const uint32_t v = act_bits(most);
    return act_float(u < v ? u : v);
}
</%def>
<%def name="sign()">
% if exact:
/* |x| with the sign of s; without one if s is NaN, whose sign differs between cores */
static inline float act_sign(float x, float s)
{
    const uint32_t u = act_bits(s);
    const uint32_t sign = u > 0xff800000u ? 0u : u & 0x80000000u;
    return act_float((act_bits(x) & 0x7fffffffu) | sign);
}
% else:
/* |x| with the sign of s */
static inline float act_sign(float x, float s)
{
    return act_float((act_bits(x) & 0x7fffffffu) | (act_bits(s) & 0x80000000u));
}
% endif
</%def>
<%def name="exp()">
% if libm:
static inline float act_exp(float x) { return expf(x); }
% else:
/* e^x = 2^n e^r with |r| <= ln(2) / 2; relative error below 8.6e-8; 0 and infinity beyond the range. */
static inline float act_exp(float x)
{
    const float low = x > -104.0f ? x : -104.0f;
    const float y = low < 89.0f ? low : 89.0f;
    const float shifted = y * 1.442695f + 12582912.0f; /* 1.5 * 2^23: the low bits now hold n */
    const float n = shifted - 12582912.0f;
    const float rough = y - n * 0.693145752f;
    const float r = rough - n * 1.42860677e-6f;
    float p = 0.0013950809f;
    p = p * r + 0.008369073f;
    p = p * r + 0.041666202f;
    p = p * r + 0.16666517f;
    p = p * r + 0.5f;
    p = p * (r * r) + r + 1.0f;
    /* In two halves, so that both stay within the exponent's range. */
    const int32_t whole = (int32_t)n;
    const int32_t half = whole / 2;
    p *= act_float((uint32_t)(half + 127) << 23);
    p *= act_float((uint32_t)(whole - half + 127) << 23);
    return p;
}
% endif
</%def>
<%def name="expm1()">
/* e^x - 1 for -87 <= x <= 0, exact to rounding near 0; error below 4.5e-8. */
static inline float act_expm1(float x)
{
    const float shifted = x * 1.442695f + 12582912.0f; /* 1.5 * 2^23: the low bits now hold n */
    const float n = shifted - 12582912.0f;
    const float rough = x - n * 0.693145752f;
    const float r = rough - n * 1.42860677e-6f;
    float p = 0.0013950809f;
    p = p * r + 0.008369073f;
    p = p * r + 0.041666202f;
    p = p * r + 0.16666517f;
    p = p * r + 0.5f;
    p = p * (r * r) + r;
    const float power = act_float((act_bits(shifted) << 23) + 0x3f800000u);
    return p * power + (power - 1.0f);
}
</%def>
<%def name="tanh()">
% if libm:
static inline float act_tanh(float x) { return tanhf(x); }
% else:
/* tanh x = -m / (m + 2) with m = e^(-2 |x|) - 1, and the sign of x; error below 1.5e-7. */
static inline float act_tanh(float x)
{
    const float m = act_expm1(-2.0f * act_size(x, 9.1f));
    return act_sign(m / (m + 2.0f), x);
}
% endif
</%def>
<%def name="sigmoid()">
% if libm:
static inline float act_sigmoid(float x)
{
    const float e = expf(-fabsf(x));
    const float top = x < 0.0f ? e : 1.0f;
    return top / (1.0f + e);
}
% else:
/* 1 / (1 + e^-x), from m = e^-|x| - 1 so that nothing overflows: (1 or 1 + m) / (2 + m); error below 1.2e-7. */
static inline float act_sigmoid(float x)
{
    const float m = act_expm1(-act_size(x, 87.0f));
% if exact:
    const uint32_t u = act_bits(x);
    const uint32_t negative = u > 0xff800000u ? 0u : 0u - (u >> 31); /* NaN has no sign */
% else:
    const uint32_t negative = 0u - (act_bits(x) >> 31);
% endif
    const float part = act_float(act_bits(m) & negative);
    return (1.0f + part) / (2.0f + m);
}
% endif
</%def>
<%def name="log1p()">
% if libm:
static inline float act_log1p(float x) { return log1pf(x); }
% else:
/* ln(1 + x) for 0 <= x <= 1, as 2 artanh(x / (2 + x)); error below 1e-7. */
static inline float act_log1p(float x)
{
    const float s = x / (2.0f + x);
    const float q = s * s;
    float p = 0.1421462f;
    p = p * q + 0.13953267f;
    p = p * q + 0.20014147f;
    p = p * q + 0.33333135f;
    return 2.0f * (s + s * (q * p));
}
% endif
</%def>
<%def name="log()">
% if libm:
static inline float act_log(float x) { return logf(x); }
% else:
/* ln(x) for normal x >= 1; error below 1.2e-7 of max(1, ln x). */
static inline float act_log(float x)
{
    const uint32_t u = act_bits(x);
    const float power = (float)((int32_t)(u >> 23) - 127);
    const float part = act_float((u & 0x007fffffu) | 0x3f800000u);
    return power * 0.693147181f + act_log1p(part - 1.0f);
}
% endif
</%def>
<%def name="erf()">
% if libm:
static inline float act_erf(float x) { return erff(x); }
% else:
/* Error function: a series up to 1, 1 - e^(-x^2) times a polynomial in 1 / (1 + x / 2) beyond; error below 1.8e-7. */
static inline float act_erf(float x)
{
    const float size = act_abs(x);
    const float a = size < 4.0f ? size : 4.0f;
    const float s = a * a;
    float near = -0.00054629287f;
    near = near * s + 0.0048707034f;
    near = near * s - 0.02666381f;
    near = near * s + 0.112780645f;
    near = near * s - 0.3761194f;
    near = near * s + 1.1283789f;
    near = near * a;
    const float t = 1.0f / (1.0f + 0.5f * a);
    float far = -0.23080161f;
    far = far * t + 0.6366798f;
    far = far * t - 0.064460404f;
    far = far * t + 0.39680195f;
    far = far * t + 0.25970066f;
    far = far * t + 0.0018224774f;
    far = 1.0f - act_exp(-s) * far;
    return act_sign(a < 1.0f ? near : far, x);
}
% endif
</%def>
<%def name="relu()">
static inline float act_relu(float x) { return x > 0.0f ? x : 0.0f; }
</%def>
<%def name="relu_general()">
static inline float act_relu_general(float x, float slope, float most, float threshold)
{
    const float above = x < most ? x : most;
    const float below = slope * (x - threshold);
    return x > threshold ? above : below;
}
</%def>
<%def name="hard_sigmoid()">
static inline float act_hard_sigmoid(float x, float slope, float offset)
{
    const float y = slope * x + offset;
    const float low = y > 0.0f ? y : 0.0f;
    return low < 1.0f ? low : 1.0f;
}
</%def>
<%def name="hard_tanh()">
static inline float act_hard_tanh(float x)
{
    const float low = x > -1.0f ? x : -1.0f;
    return low < 1.0f ? low : 1.0f;
}
</%def>
<%def name="elu()">
static inline float act_elu(float x, float alpha)
{
    const float below = alpha * (act_exp(x < 0.0f ? x : 0.0f) - 1.0f);
    return x > 0.0f ? x : below;
}
</%def>
<%def name="selu()">
static inline float act_selu(float x)
{
    const float below = 1.6732632f * (act_exp(x < 0.0f ? x : 0.0f) - 1.0f);
    return 1.050701f * (x > 0.0f ? x : below);
}
</%def>
<%def name="celu()">
static inline float act_celu(float x, float alpha)
{
    const float below = alpha * (act_exp((x < 0.0f ? x : 0.0f) / alpha) - 1.0f);
    return x > 0.0f ? x : below;
}
</%def>
<%def name="softplus()">
static inline float act_softplus(float x)
{
    return (x > 0.0f ? x : 0.0f) + act_log1p(act_exp(-act_abs(x)));
}
</%def>
<%def name="softsign()">
static inline float act_softsign(float x) { return x / (1.0f + act_abs(x)); }
</%def>
<%def name="gelu()">
static inline float act_gelu(float x) { return 0.5f * x * (1.0f + act_erf(x * 0.70710678f)); }
</%def>
<%def name="gelu_tanh()">
/* x (1 + tanh u) / 2 = x / (1 + e^-2u); the tail of negative x keeps its digits. */
static inline float act_gelu_tanh(float x)
{
    const float e = act_exp(-1.5957691f * act_abs(x + 0.044715f * x * x * x));
    const float top = x < 0.0f ? x * e : x;
    return top / (1.0f + e);
}
</%def>
<%def name="silu()">
/* x / (1 + e^-x); the tail of negative x keeps its digits. */
static inline float act_silu(float x)
{
    const float e = act_exp(-act_abs(x));
    const float top = x < 0.0f ? x * e : x;
    return top / (1.0f + e);
}
</%def>
<%def name="hard_silu()">
static inline float act_hard_silu(float x)
{
    const float y = x * 0.16666667f + 0.5f;
    const float low = y > 0.0f ? y : 0.0f;
    return x * (low < 1.0f ? low : 1.0f);
}
</%def>
<%def name="mish()">
/* x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2); x itself where e^x is large. */
static inline float act_mish(float x)
{
    const float e = act_exp(x < 20.0f ? x : 20.0f);
    const float n = e * (e + 2.0f);
    return x * (n / (n + 2.0f));
}
</%def>
<%def name="log_sigmoid()">
static inline float act_log_sigmoid(float x) { return -act_softplus(-x); }
</%def>
<%def name="tanh_shrink()">
static inline float act_tanh_shrink(float x) { return x - act_tanh(x); }
</%def>
<%def name="soft_shrink()">
static inline float act_soft_shrink(float x, float threshold)
{
    const float low = x < -threshold ? x + threshold : 0.0f;
    return x > threshold ? x - threshold : low;
}
</%def>
<%def name="hard_shrink()">
static inline float act_hard_shrink(float x, float threshold) { return act_abs(x) > threshold ? x : 0.0f; }
</%def>
<%def name="squareplus()">
/* (x + sqrt(x^2 + b)) / 2, by its conjugate where x < 0; beyond 1e18 the root is |x| and x * x would overflow. */
static inline float act_squareplus(float x, float b)
{
    const float size = act_abs(x);
    const float root = size < 1e18f ? sqrtf(size * size + b) : size;
    const float sum = 0.5f * size + 0.5f * root;
    return x < 0.0f ? 0.25f * b / sum : sum;
}
</%def>
<%def name="sparse_plus()">
static inline float act_sparse_plus(float x)
{
    const float bend = 0.25f * (x + 1.0f) * (x + 1.0f);
    const float low = x <= -1.0f ? 0.0f : bend;
    return x < 1.0f ? low : x;
}
</%def>
<%def name="sparse_sigmoid()">
static inline float act_sparse_sigmoid(float x)
{
    const float y = 0.5f * (x + 1.0f);
    const float low = y > 0.0f ? y : 0.0f;
    return low < 1.0f ? low : 1.0f;
}
</%def>
<%def name="threshold()">
static inline float act_threshold(float x, float threshold, float value) { return x > threshold ? x : value; }
</%def>
