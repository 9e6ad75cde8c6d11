<%doc>Primitives in one instruction. A gcc builtin, because arm_acle.h warns of its own __ssat before gcc 13.</%doc>\
<%def name="acle(asm)">
% if asm:
#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 10
/* What arm_acle.h has from gcc 10 on. */
typedef int32_t int16x2_t, int8x4_t;
#define __builtin_arm_ssat(x, n) __extension__({ int32_t s; __asm__("ssat %0, %2, %1" : "=r"(s) : "r"(x), "I"(n)); s; })
#define ACLE(name, type, parameters, operands, ...) ${"\\"}
    static inline type __##name parameters { __asm__(#name " " operands : "+r"(y) : __VA_ARGS__); return y; }
ACLE(sxtb16, int32_t, (int32_t y), "%0, %0", )
${[f'ACLE({name}, int32_t, (int32_t y, int32_t b), "%0, %0, %1", "r"(b))' for name in ("sadd16", "ssub16")]}
${[f'ACLE({name}, int32_t, (int32_t a, int32_t b, int32_t y), "%0, %1, %2, %0", "r"(a), "r"(b))' for name in ("smlabb", "smlad", "smlatt")]}
ACLE(smlald, int64_t, (int32_t a, int32_t b, int64_t y), "%Q0, %R0, %1, %2", "r"(a), "r"(b))
#endif
% endif
</%def>
<%def name="saturate16(asm, plain)">${saturated("saturate16", 16, asm, plain)}</%def>
<%def name="saturate8(asm, plain)">${saturated("saturate8", 8, asm, plain)}</%def>
<%def name="saturated(name, bits, asm, plain, feature='__ARM_FEATURE_DSP')">
#if defined(${feature})
static inline int32_t ${name}(int32_t x) { return ${"(int32_t)__builtin_arm_ssat" if asm else "__ssat"}(x, ${bits}); }
#else
${plain(name)}
#endif
</%def>
<%def name="round_product()">
/* a b / 2^n of 16-bit a and b to the nearest integer, halves up. */
#if defined(__ARM_FEATURE_DSP)
static inline int32_t round_product(int32_t a, int32_t b, int n) { return __smlabb(a, b, (int32_t)1 << n >> 1) >> n; }
#else
static inline int32_t round_product(int32_t a, int32_t b, int n) { return (a * b + ((int32_t)1 << n >> 1)) >> n; }
#endif
</%def>
<%def name="odd_bytes(asm)">
#if defined(__ARM_FEATURE_DSP)
% if asm:
/* The second and the fourth byte as 16-bit numbers: one instruction, for which C has two. */
static inline int16x2_t odd_bytes(int8x4_t four)
{
    int16x2_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(four));
    return pair;
}
% else:
/* The second and the fourth byte as 16-bit numbers. */
static inline int16x2_t odd_bytes(int8x4_t four) { return __sxtb16((int8x4_t)((uint32_t)four >> 8 | (uint32_t)four << 24)); }
% endif
#endif
</%def>
<%def name="widen_bytes()">
#if defined(__ARM_FEATURE_DSP)
/* n bytes as pairs of 16 bits: of four, the first with the third, the second with the fourth; zeros fill the last. */
static inline void widen_bytes(uint32_t *pairs, const int8_t *x, int n)
{
    int k = 0;
${gcc.unrolled(4)}\
    for (; k + 4 <= n; k += 4) {
        int8x4_t four;
        memcpy(&four, x + k, sizeof four);
        *pairs++ = (uint32_t)__sxtb16(four);
        *pairs++ = (uint32_t)odd_bytes(four);
    }
    if (k < n) {
        int8x4_t four = 0;
        memcpy(&four, x + k, (size_t)(n - k));
        *pairs++ = (uint32_t)__sxtb16(four);
        *pairs = (uint32_t)odd_bytes(four);
    }
}
#endif
</%def>
<%def name="widen_apart()">
/* n bytes as pairs of 16 bits, a pair in every second word: of four, the first with the third, the second with the fourth;
 * zeros fill the last. */
static inline void widen_apart(uint32_t *pairs, const int8_t *x, int n)
{
    int k = 0;
#if defined(__ARM_FEATURE_DSP)
${gcc.unrolled(4)}\
    for (; k + 4 <= n; k += 4, pairs += 4) {
        int8x4_t four;
        memcpy(&four, x + k, sizeof four);
        pairs[0] = (uint32_t)__sxtb16(four);
        pairs[2] = (uint32_t)odd_bytes(four);
    }
#endif
    for (; k < n; k += 4, pairs += 4) {
        for (int j = 0; j < 2; j++) {
            const uint32_t low = k + j < n ? (uint32_t)x[k + j] & 65535u : 0u;
            pairs[2 * j] = low | (k + j + 2 < n ? (uint32_t)x[k + j + 2] << 16 : 0u);
        }
    }
}
</%def>
<%def name="half()">
#if !defined(__ARM_FEATURE_DSP)
/* The lower half of a word as a number. */
static inline int32_t half(uint32_t x) { return (int16_t)(x & 65535u); }
#endif
</%def>
<%def name="spread_pair()">
/* Four channels at two places, side by side: those of a channel in a word, words from one channel to the next. */
static inline void spread_pair(uint32_t *to, int words, const int8_t *low, const int8_t *high)
{
#if defined(__ARM_FEATURE_DSP)
    int8x4_t one;
    int8x4_t two;
    memcpy(&one, low, sizeof one);
    memcpy(&two, high, sizeof two);
    const int16x2_t even = __sxtb16(one);
    const int16x2_t odd = odd_bytes(one);
    const int16x2_t high_even = __sxtb16(two);
    const int16x2_t high_odd = odd_bytes(two);
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(to[0]) : "r"(even), "r"(high_even)); /* which C takes three for */
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(to[words]) : "r"(odd), "r"(high_odd));
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(to[2 * words]) : "r"(high_even), "r"(even));
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(to[3 * words]) : "r"(high_odd), "r"(odd));
#else
    ${over("int k", 4, "to[k * words] = ((uint32_t)low[k] & 65535u) | (uint32_t)high[k] << 16;")}
#endif
}
</%def>
<%def name="spread_bytes()">
/* n bytes, less a zero point, each so many places on; side by side, of each four in another order, the same for all. */
static inline void spread_bytes(int16_t *to, int step, const int8_t *x, int n, int zero)
{
    int k = 0;
#if defined(__ARM_FEATURE_DSP)
    const int16x2_t zeros = (int16x2_t)(((uint32_t)zero & 65535u) * 65537u);
    for (; step == 1 && k + 4 <= n; k += 4) {
        int8x4_t four;
        memcpy(&four, x + k, sizeof four);
        const int16x2_t pairs[2] = { __ssub16(__sxtb16(four), zeros), __ssub16(odd_bytes(four), zeros) };
        memcpy(to + k, pairs, sizeof pairs);
    }
#endif
    ${over("k", "n", "to[k * step] = (int16_t)(x[k] - zero);")}
}
</%def>
<%def name="products_of_sixteen(asm)">
<%call expr="gcc.either(asm, '#if defined(__ARM_FEATURE_DSP)')">\
<%def name="assembly()">\
<%
    lines = ["push {r4-r11, lr}", "add r3, r0, r3, lsl #2", "ldm r1, {r4-r11}", "1: ldr r1, [r0]"]
    for k in range(4, 12, 2):
        lines += ["ldrd r12, lr, [r2], #8", f"smlad r1, r12, r{k}, r1", f"smlad r1, lr, r{k + 1}, r1"]
    lines += ["str r1, [r0], #4", "cmp r0, r3", "bne 1b", "pop {r4-r11, pc}"]
%>\
/* To each of count sums, one or more: sixteen values x times those of its row; in assembly alone, as it takes all registers. */
${gcc.naked("products_of_sixteen", "int32_t *sums, const int16_t *x, const int16_t *rows, int count", lines)}\
</%def>\
/* To each of so many sums: sixteen values x times those of its row. */
static inline void products_of_sixteen(int32_t *sums, const int16_t *x, const int16_t *rows, int count)
{
    ${over("int j", "count", over("int k", 16, "sums[j] += (int32_t)x[k] * rows[16 * j + k];"))}
}
</%call>\
</%def>
<%def name="exponents()">
/* e^-x of how far scores are below the largest, on the scale of exp_negative; their sum. Zeros are left in their place. */
static inline uint32_t exponents(int16_t *e, int32_t *scores, int count, int pre, int32_t m, int post)
{
    int32_t most = INT32_MIN;
${gcc.unrolled(4)}\
    ${over("int j", "count", "most = scores[j] > most ? scores[j] : most;")}
    uint32_t total = 0;
    const int32_t top = most + ((int32_t)1 << pre >> 1); /* rounds the first shift */
${gcc.unrolled(4)}\
    for (int j = 0; j < count; j++) {
        const int32_t x = saturate16(round_product(saturate16((top - scores[j]) >> pre), m, post));
        const int32_t power = exp_negative(x);
        e[j] = (int16_t)power;
        total += (uint32_t)power;
        scores[j] = 0;
    }
    return total;
}
</%def>
<%def name="rows_to_bytes()">
/* y of so many sums: round(sum 2^-pre m 2^-post) + zero, from low to high; sums hold what rounds the first shift. */
static inline void rows_to_bytes(int8_t *y, const int32_t *sums, const int16_t *m, int rows, int pre, int post,
                                 int32_t zero, int32_t low, int32_t high)
{
${gcc.unrolled(4)}\
    for (int r = 0; r < rows; r++) {
        const int32_t narrow = saturate16(sums[r] >> pre);
#if defined(__ARM_FEATURE_DSP)
        if (post <= 22 && low == -128 && high == 127) { /* the zero point beside what rounds: one shift that saturates */
            y[r] = (int8_t)saturate8(__smlabb(narrow, m[r], ((int32_t)1 << post >> 1) + zero * ((int32_t)1 << post)) >> post);
            continue;
        }
#endif
        y[r] = (int8_t)clamp(round_product(narrow, m[r], post) + zero, low, high);
    }
}
</%def>
<%def name="gate_tanh(plain)">
#if defined(__ARM_FEATURE_DSP)
/* tanh(x 2^-12) in units of 2^-15 for a 16-bit x: linear between points 1/64 apart, error below 4.7e-5. One load brings
 * both points. */
static inline int32_t gate_tanh(int32_t x)
{
    const int32_t sign = x >> 31;
    const int32_t size = (x ^ sign) - sign;
    int32_t both;
    memcpy(&both, tanh_table + (size >> 6), sizeof both);
    const int32_t near = (int16_t)both;
    const int32_t y = near + (__smlabb((both >> 16) - near, size & 63, 32) >> 6);
    return (y ^ sign) - sign;
}
#else
${plain("gate_tanh")}
#endif
</%def>
<%def name="depthwise_bytes()">
/* y of each channel from the places of a window, whose weights lie by places: round(sum 2^-pre m 2^-post) + zero, from low
 * to high; biases hold what rounds the first shift. */
static void depthwise_bytes(int8_t *y, const int8_t *const *from, int taps, const int8_t *w, const int32_t *bias,
                            const int16_t *m, int channels, int pre, int post, int32_t zero, int32_t low, int32_t high)
{
    const int whole = low == -128 && high == 127; /* the range of y */
    int c = 0;
#if defined(__ARM_FEATURE_DSP)
    for (const int end = channels & ~3; c != end; c += 4, y += 4) {
        const int8_t *by = w + c;
        int32_t sum[4] = { bias[c], bias[c + 1], bias[c + 2], bias[c + 3] };
        for (int tap = 0; tap < taps; tap++, by += channels) {
            int8x4_t four;
            int8x4_t weights;
            memcpy(&four, from[tap] + c, sizeof four);
            memcpy(&weights, by, sizeof weights);
            const int16x2_t even = __sxtb16(four);
            const int16x2_t odd = odd_bytes(four);
            const int16x2_t by_even = __sxtb16(weights);
            const int16x2_t by_odd = odd_bytes(weights);
            sum[0] = __smlabb(even, by_even, sum[0]);
            sum[1] = __smlabb(odd, by_odd, sum[1]);
            sum[2] = __smlatt(even, by_even, sum[2]);
            sum[3] = __smlatt(odd, by_odd, sum[3]);
        }
        for (int k = 0; k < 4; k++) {
            const int32_t value = round_product(saturate16(sum[k] >> pre), m[c + k], post) + zero;
            y[k] = (int8_t)(whole ? saturate8(value) : clamp(value, low, high));
        }
    }
#endif
    for (; c < channels; c++, y++) {
        int32_t sum = bias[c];
        ${over("int tap", "taps", "sum += w[tap * channels + c] * from[tap][c];")}
        const int32_t value = round_product(saturate16(sum >> pre), m[c], post) + zero;
        *y = (int8_t)(whole ? saturate8(value) : clamp(value, low, high));
    }
}
</%def>
