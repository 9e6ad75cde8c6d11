<%doc>Functions of float32 as helpers; their parameters are those of the function's meaning. Needs: libm, exact (the
math). The approximations were fitted for this project (tools/fit_float32.py); their largest errors are given.</%doc>\
<%!
    import re

    from gatesmith.backends.c99.text import indented
    from gatesmith.backends.spelling import parameters

    REMARK = re.compile(r"(/\*.*?\*/\n)?(.*)", re.DOTALL)
    """A comment, and what follows it."""
    # Polynomials that two helpers have.
    POWER = """
const float r = rough - n * 1.42860677e-6f;
float p = 0.0013950809f;
p = p * r + 0.008369073f;
p = p * r + 0.041666202f;
p = p * r + 0.16666517f;
p = p * r + 0.5f;"""
    ARTANH = """
const float q = s * s;
float p = 0.1421462f;
p = p * q + 0.13953267f;
p = p * q + 0.20014147f;
p = p * q + 0.33333135f;"""
    # The expression of a helper's value, or its statements; a comment before them goes above the function.
    HELPERS = {
        "float": """
float x;
memcpy(&x, &u, sizeof x);
return x;""",
        "abs": "act_float(act_bits(x) & 0x7fffffffu)",
        "size": """
/* |x|, at most most: compared as integers, because compilers vectorise that but not a float comparison. */
const uint32_t u = act_bits(x) & 0x7fffffffu;
const uint32_t v = act_bits(most);
return act_float(u < v ? u : v);""",
        "sign": """
/* |x| with the sign of s */
return act_float((act_bits(x) & 0x7fffffffu) | (act_bits(s) & 0x80000000u));""",
        "exp": """
/* e^x = 2^n e^r with |r| <= ln(2) / 2; relative error below 8.6e-8; 0 and infinity beyond the range. */
const float low = x > -104.0f ? x : -104.0f;
const float y = low < 89.0f ? low : 89.0f;
const float shifted = y * 1.442695f + 12582912.0f; /* 1.5 * 2^23: the low bits now hold n */
const float n = shifted - 12582912.0f;
const float rough = y - n * 0.693145752f;""" + POWER + """
p = p * (r * r) + r + 1.0f;
/* In two halves, so that both stay within the exponent's range. */
const int32_t whole = (int32_t)n;
const int32_t half = whole / 2;
p *= act_float((uint32_t)(half + 127) << 23);
p *= act_float((uint32_t)(whole - half + 127) << 23);
return p;""",
        "expm1": """
/* e^x - 1 for -87 <= x <= 0, exact to rounding near 0; error below 4.5e-8. */
const float shifted = x * 1.442695f + 12582912.0f; /* 1.5 * 2^23: the low bits now hold n */
const float n = shifted - 12582912.0f;
const float rough = x - n * 0.693145752f;""" + POWER + """
p = p * (r * r) + r;
const float power = act_float((act_bits(shifted) << 23) + 0x3f800000u);
return p * power + (power - 1.0f);""",
        "tanh": """
/* tanh x = -m / (m + 2) with m = e^(-2 |x|) - 1, and the sign of x; error below 1.5e-7. */
const float m = act_expm1(-2.0f * act_size(x, 9.1f));
return act_sign(m / (m + 2.0f), x);""",
        "sigmoid": """
/* 1 / (1 + e^-x), from m = e^-|x| - 1 so that nothing overflows: (1 or 1 + m) / (2 + m); error below 1.2e-7. */
const float m = act_expm1(-act_size(x, 87.0f));
const uint32_t negative = 0u - (act_bits(x) >> 31);
const float part = act_float(act_bits(m) & negative);
return (1.0f + part) / (2.0f + m);""",
        "log1p": """
/* ln(1 + x) for 0 <= x <= 1, as 2 artanh(x / (2 + x)); error below 1e-7. */
const float s = x / (2.0f + x);""" + ARTANH + """
return 2.0f * (s + s * (q * p));""",
        "log": """
/* ln(x) for normal x >= 1; error below 1.2e-7 of max(1, ln x). */
const uint32_t u = act_bits(x);
const float power = (float)((int32_t)(u >> 23) - 127);
const float part = act_float((u & 0x007fffffu) | 0x3f800000u);
return power * 0.693147181f + act_log1p(part - 1.0f);""",
        "erf": """
/* Error function: a series up to 1, 1 - e^(-x^2) times a polynomial in 1 / (1 + x / 2) beyond; error below 1.8e-7. */
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
return act_sign(a < 1.0f ? near : far, x);""",
        "relu": "x > 0.0f ? x : 0.0f",
        "relu_general": """
const float above = x < max_value ? x : max_value;
const float below = negative_slope * (x - threshold);
return x > threshold ? above : below;""",
        "hard_sigmoid": """
const float y = slope * x + offset;
const float low = y > 0.0f ? y : 0.0f;
return low < 1.0f ? low : 1.0f;""",
        "hard_tanh": """
const float low = x > -1.0f ? x : -1.0f;
return low < 1.0f ? low : 1.0f;""",
        "elu": """
const float below = alpha * (act_exp(x < 0.0f ? x : 0.0f) - 1.0f);
return x > 0.0f ? x : below;""",
        "selu": """
const float below = 1.6732632f * (act_exp(x < 0.0f ? x : 0.0f) - 1.0f);
return 1.050701f * (x > 0.0f ? x : below);""",
        "celu": """
const float below = alpha * (act_exp((x < 0.0f ? x : 0.0f) / alpha) - 1.0f);
return x > 0.0f ? x : below;""",
        "softplus": "return (x > 0.0f ? x : 0.0f) + act_log1p(act_exp(-act_abs(x)));",
        "softsign": "x / (1.0f + act_abs(x))",
        "gelu": "0.5f * x * (1.0f + act_erf(x * 0.70710678f))",
        "gelu_tanh": """
/* x (1 + tanh u) / 2 = x / (1 + e^-2u); the tail of negative x keeps its digits. */
const float e = act_exp(-1.5957691f * act_abs(x + 0.044715f * x * x * x));
const float top = x < 0.0f ? x * e : x;
return top / (1.0f + e);""",
        "silu": """
/* x / (1 + e^-x); the tail of negative x keeps its digits. */
const float e = act_exp(-act_abs(x));
const float top = x < 0.0f ? x * e : x;
return top / (1.0f + e);""",
        "hard_silu": """
const float y = x * 0.16666667f + 0.5f;
const float low = y > 0.0f ? y : 0.0f;
return x * (low < 1.0f ? low : 1.0f);""",
        "mish": """
/* x tanh(ln(1 + e^x)) = x n / (n + 2) with n = e^x (e^x + 2); x itself where e^x is large. */
const float e = act_exp(x < 20.0f ? x : 20.0f);
const float n = e * (e + 2.0f);
return x * (n / (n + 2.0f));""",
        "log_sigmoid": "-act_softplus(-x)",
        "tanh_shrink": "x - act_tanh(x)",
        "soft_shrink": """
const float low = x < -threshold ? x + threshold : 0.0f;
return x > threshold ? x - threshold : low;""",
        "hard_shrink": "act_abs(x) > threshold ? x : 0.0f",
        "squareplus": """
/* (x + sqrt(x^2 + b)) / 2, by its conjugate where x < 0; beyond 1e18 the root is |x| and x * x would overflow. */
const float size = act_abs(x);
const float root = size < 1e18f ? sqrtf(size * size + b) : size;
const float sum = 0.5f * size + 0.5f * root;
return x < 0.0f ? 0.25f * b / sum : sum;""",
        "sparse_plus": """
const float bend = 0.25f * (x + 1.0f) * (x + 1.0f);
const float low = x <= -1.0f ? 0.0f : bend;
return x < 1.0f ? low : x;""",
        "sparse_sigmoid": """
const float y = 0.5f * (x + 1.0f);
const float low = y > 0.0f ? y : 0.0f;
return low < 1.0f ? low : 1.0f;""",
        "threshold": "x > threshold ? x : value",
        "square": "x * x",
        "sqrt": "sqrtf(x)",
        "rsqrt": "1.0f / sqrtf(x)",
        "reciprocal": "1.0f / x",
        "ln": """
/* ln(x), -infinity of 0 and what is smaller than a normal number, no number of what is negative; error below 1.2e-7 of
 * max(1, |ln x|). */
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
const float s = (part - 1.0f) / (part + 1.0f);""" + ARTANH + """
return power * 0.693147181f + 2.0f * (s + s * (q * p));""",
        "signum": """
const float below = x < 0.0f ? -1.0f : x;
return x > 0.0f ? 1.0f : below;""",
        "floor": """
/* A float of 2^23 and more is an integer. */
if (!(x > -8388608.0f && x < 8388608.0f)) {
    return x;
}
const float whole = (float)(int32_t)x;
return whole > x ? whole - 1.0f : whole;""",
        "ceil": "-act_floor(-x)",
        "round": """
/* The nearest integer, ties to even. */
if (!(x > -8388608.0f && x < 8388608.0f)) {
    return x;
}
const int32_t whole = (int32_t)x;
const float rest = x - (float)whole;
const int32_t up = rest > 0.5f || (!(rest < 0.5f) && (whole & 1) != 0);
const int32_t down = rest < -0.5f || (!(rest > -0.5f) && (whole & 1) != 0);
return (float)(whole + up - down);""",
        "clip": """
const float above = x < low ? low : x;
return above > high ? high : above;""",
        "power": """
/* x^exponent as e^(exponent ln x): NaN if x is negative. */
act_exp(exponent * act_ln(x))""",
        "whole_power": """
float y = x;
for (int k = 1; k < exponent; k++) {
    y *= x;
}
return y;""",
        "power_of": """
/* a^b; for negative a, NaN unless b is an integer. */
const float size = act_exp(b * act_ln(a < 0.0f ? -a : a));
if (!(a < 0.0f)) {
    return b < 0.0f || b > 0.0f ? size : 1.0f;
}
const float whole = act_floor(b);
const float half = act_floor(0.5f * whole);
const float even = half + half < whole ? -size : size;
return whole < b ? act_ln(a) : even;""",
        "truncate": "return x > -8388608.0f && x < 8388608.0f ? (float)(int32_t)x : x;",
        "float8": """
/* To the nearest value of float8 e4m3 times the scale: four binary digits, the last no finer than 2^-9. */
const float part = x / scale;
const float low = part > -448.0f ? part : -448.0f;
const float y = low < 448.0f ? low : 448.0f;
const uint32_t exponent = act_bits(y) >> 23 & 0xffu;
const float step = act_float(((exponent > 121u ? exponent : 121u) - 3u) << 23);
return act_round(y / step) * step * scale;""",
        "wave": """
/* sin x, or where ahead is 1 cos x: x less its nearest quarter turns, which are taken off in three parts. */
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
return (turn & 2u) != 0u ? -y : y;""",
        "sin": """
/* For |x| up to 8192: error below 1.0e-7. */
act_wave(x, 0u)""",
        "cos": """
/* For |x| up to 8192: error below 1.0e-7. */
act_wave(x, 1u)""",
        "tan": "act_sin(x) / act_cos(x)",
        "arctan": """
/* arctan a, or a quarter or a half of pi beside it: -1 / a, (a - 1) / (a + 1); error below 1.3e-7. */
const float size = act_abs(x);
const float base = size > 2.41421356f ? 1.57079633f : size > 0.414213562f ? 0.785398163f : 0.0f;
const float low = size > 0.414213562f ? (size - 1.0f) / (size + 1.0f) : size;
const float a = size > 2.41421356f ? -1.0f / size : low;
const float s = a * a;
float p = 0.07901541f;
p = p * s - 0.13824125f;
p = p * s + 0.19971848f;
p = p * s - 0.33332756f;
return act_sign(base + (p * (s * a) + a), x);""",
        "arcsin": "act_arctan(x / sqrtf((1.0f - x) * (1.0f + x)))",
        "arccos": "1.57079633f - act_arcsin(x)",
        "sinh": """
const float size = act_abs(x);
const float e = act_exp(size < 88.0f ? size : size - 1.0f);
const float s = x * x;
const float near = size + size * s * (0.16666667f + s * (0.008333334f + s * 0.00019841270f));
const float far = (e - 1.0f / e) * (size < 88.0f ? 0.5f : 1.3591409f);
return act_sign(size < 0.5f ? near : far, x);""",
        "cosh": """
const float size = act_abs(x);
const float e = act_exp(size < 88.0f ? size : size - 1.0f);
return (e + 1.0f / e) * (size < 88.0f ? 0.5f : 1.3591409f);""",
        "arcsinh": """
/* ln(|x| + sqrt(x^2 + 1)) with the sign of x; beyond 1e9 the root is |x|. */
const float size = act_abs(x);
const float far = act_ln(size) + 0.693147181f;
return act_sign(size < 1e9f ? act_ln(size + sqrtf(size * size + 1.0f)) : far, x);""",
        "arccosh": """
const float far = act_ln(x) + 0.693147181f;
return x < 1e9f ? act_ln(x + sqrtf((x - 1.0f) * (x + 1.0f))) : far;""",
        "arctanh": "0.5f * act_ln((1.0f + x) / (1.0f - x))",
    }
    # With the C library's functions.
    LIBM = {name: f"{name}f(x)" for name in ("exp", "tanh", "log1p", "log", "erf", "sin", "cos")}
    LIBM |= {"ln": "logf(x)", "arctan": "atanf(x)"}
    LIBM["sigmoid"] = """
const float e = expf(-fabsf(x));
const float top = x < 0.0f ? e : 1.0f;
return top / (1.0f + e);"""
    # Where all cores give the same bits.
    EXACT = {
        "sigmoid": """
/* 1 / (1 + e^-x), from m = e^-|x| - 1 so that nothing overflows: (1 or 1 + m) / (2 + m); error below 1.2e-7. */
const float m = act_expm1(-act_size(x, 87.0f));
const uint32_t u = act_bits(x);
const uint32_t negative = u > 0xff800000u ? 0u : 0u - (u >> 31); /* NaN has no sign */
const float part = act_float(act_bits(m) & negative);
return (1.0f + part) / (2.0f + m);""",
        "sign": """
/* |x| with the sign of s; without one if s is NaN, whose sign differs between cores */
const uint32_t u = act_bits(s);
const uint32_t sign = u > 0xff800000u ? 0u : u & 0x80000000u;
return act_float((act_bits(x) & 0x7fffffffu) | sign);""",
    }
    # Parameters of helpers that are no function of their name.
    STATED = {
        "float": "uint32_t u", "size": "float x, float most", "sign": "float x, float s", "power_of": "float a, float b",
        "whole_power": "float x, int exponent", "wave": "float x, uint32_t ahead",
    }

    def head(name):
        """How a helper's definition begins."""
        words = ["x", *parameters(name)]
        stated = STATED.get(name) or ", ".join(f"float {word}" for word in words)
        return f"static inline float act_{name}({stated})"
%>\
<%def name="helper(name, libm=False, exact=False)">\
<%
    text = (libm and LIBM.get(name)) or (exact and EXACT.get(name)) or HELPERS[name]
    remark, body = REMARK.match(text.strip()).groups()
%>\
${remark or ""}\
% if ";" not in body:
${head(name)} { return ${body}; }
% else:
${head(name)}
${indented("{\n" + body + "\n}")}
% endif
</%def>
<%def name="load(space)">
/* n values of a table in program memory, to where they are worked on. */
static void load(float *to, const ${space}float *from, int n)
{
    ${over("int k", "n", "to[k] = from[k];")}
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
