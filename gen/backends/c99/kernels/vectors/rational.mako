<%doc>Sigmoid and tanh with one division and no branch, in C that compilers vectorise.</%doc>\
<%! from gatesmith.backends.c99.kernels.rational import MOST, denominator, numerator %>\
<%def name="within()">
/* x, at least -most and at most most: compared as integers, of which compilers make vector code. */
static inline float act_within(float x, float most)
{
    const int32_t above = (int32_t)act_bits(most);
    const uint32_t below = act_bits(-most);
    int32_t i;
    memcpy(&i, &x, sizeof i); /* negative where x is */
    const uint32_t u = (uint32_t)(i < above ? i : above);
    return act_float(u < below ? u : below);
}
</%def>
<%def name="tanh()">
/* tanh x = 2 n d / (n^2 + d^2) with n / d = tanh(x / 2), a rational function; error below 1.8e-7. */
static inline float act_tanh(float x)
{
${quotient(1.0)}\
    return half + half;
}
</%def>
<%def name="sigmoid()">
/* 1 / (1 + e^-x) = 1 / 2 + n d / (n^2 + d^2) with n / d = tanh(x / 4), a rational function; error below 1.2e-7. */
static inline float act_sigmoid(float x)
{
${quotient(0.5)}\
    return 0.5f + half;
}
</%def>
<%def name="quotient(scale)">\
<% p, q = ([literal(value) for value in part(scale)] for part in (numerator, denominator)) %>\
    const float y = act_within(x, ${literal(MOST / scale)});
    const float s = y * y;
    float n = ${p[0]};
    ${[f"n = n * s + {value};" for value in p[1:]]}
    n *= y;
    float d = ${q[0]};
    ${[f"d = d * s + {value};" for value in q[1:]]}
    const float half = n * d / (n * n + d * d);
</%def>
