<%doc>
Primitives in one instruction. Needs: asm, whether inline assembly may be written; plain, a primitive in plain C.
</%doc>\
<%def name="saturate16(plain)">
#if defined(__ARM_FEATURE_SAT)
static inline int32_t saturate16(int32_t x) { return __ssat(x, 16); }
#else
${plain("saturate16")}
#endif
</%def>
<%def name="saturate8(plain)">
#if defined(__ARM_FEATURE_SAT)
static inline int32_t saturate8(int32_t x) { return __ssat(x, 8); }
#else
${plain("saturate8")}
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
static inline int16x2_t odd_bytes(int8x4_t four) { return __sxtb16((int8x4_t)__ror((uint32_t)four, 8)); }
% endif
#endif
</%def>
<%def name="widen_bytes()">
#if defined(__ARM_FEATURE_DSP)
/* n bytes as pairs of 16 bits: of four, the first with the third, the second with the fourth; zeros fill the last. */
static inline void widen_bytes(uint32_t *pairs, const int8_t *x, int n)
{
    int k = 0;
#if !defined(__clang__)
#pragma GCC unroll 4
#endif
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
#if !defined(__clang__)
#pragma GCC unroll 4
#endif
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
/* The lower half of a word as a number. */
static inline int32_t half(uint32_t x) { return (int16_t)(x & 65535u); }
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
    for (int k = 0; k < 4; k++) {
        to[k * words] = ((uint32_t)low[k] & 65535u) | (uint32_t)high[k] << 16;
    }
#endif
}
</%def>
<%def name="begin_rows()">
/* n sums begin with their biases: in line, as C libraries may copy byte by byte. */
static inline void begin_rows(int32_t *sums, const int32_t *bias, int n)
{
    int k = 0;
    for (; k + 8 <= n; k += 8) {
        memcpy(sums + k, bias + k, 8 * sizeof *sums);
    }
    for (; k < n; k++) {
        sums[k] = bias[k];
    }
}
</%def>
<%def name="plain_products()">\
    for (int j = 0; j < count; j++, keys += step) {
        scores[j] = 0;
        for (int k = 0; k < width; k++) {
            scores[j] += (q[k] - q_zero) * (keys[k] - k_zero);
        }
        most = scores[j] > most ? scores[j] : most;
    }
</%def>
<%def name="plain_weighed()">\
    (void)total;
    for (int c = 0; c < depth; c++) {
        sums[c] = 0;
        for (int j = 0; j < count; j++) {
            sums[c] += weights[j] * (values[j * step + c] - zero);
        }
    }
</%def>
<%def name="products_of_bytes()">
/* scores of so many keys, step apart: sums of (q - q_zero) (key - k_zero) over width channels, by fours and at most 64; the
 * largest. */
static inline int32_t products_of_bytes(int32_t *scores, const int8_t *q, const int8_t *keys, int step, int count, int width,
                                     int32_t q_zero, int32_t k_zero)
{
    int32_t most = INT32_MIN;
#if defined(__ARM_FEATURE_DSP)
    int16x2_t own[32];
    const int16x2_t zeros = (int16x2_t)(((uint32_t)q_zero & 65535u) * 65537u);
    int32_t less = 0;
    for (int k = 0; k < width; k += 4) {
        int8x4_t four;
        memcpy(&four, q + k, sizeof four);
        own[k / 2] = __ssub16(__sxtb16(four), zeros);
        own[k / 2 + 1] = __ssub16(odd_bytes(four), zeros);
        less = __smlad(own[k / 2], 0x10001, __smlad(own[k / 2 + 1], 0x10001, less));
    }
    less *= k_zero;
    for (int j = 0; j < count; j += 2, keys += 2 * step) { /* two keys at a time; the last may be one */
        const int8_t *next = j + 1 < count ? keys + step : keys;
        int32_t one = -less;
        int32_t two = -less;
#if !defined(__clang__)
#pragma GCC unroll 4
#endif
        for (int k = 0; k < width; k += 4) {
            int8x4_t of_one;
            int8x4_t of_two;
            memcpy(&of_one, keys + k, sizeof of_one);
            memcpy(&of_two, next + k, sizeof of_two);
            const int16x2_t even = own[k / 2];
            const int16x2_t odd = own[k / 2 + 1];
            one = __smlad(__sxtb16(of_one), even, one);
            two = __smlad(__sxtb16(of_two), even, two);
            one = __smlad(odd_bytes(of_one), odd, one);
            two = __smlad(odd_bytes(of_two), odd, two);
        }
        scores[j] = one;
        most = one > most ? one : most;
        if (j + 1 < count) {
            scores[j + 1] = two;
            most = two > most ? two : most;
        }
    }
#else
${plain_products()}\
#endif
    return most;
}
</%def>
<%def name="exponents()">
/* Scores as e^-x of how far they are below the largest, on the scale of exp_negative; their sum. */
static inline uint32_t exponents(int32_t *scores, int count, int32_t most, int pre, int32_t m, int post)
{
    uint32_t total = 0;
    const int32_t top = most + ((int32_t)1 << pre >> 1); /* rounds the first shift */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 4
#endif
    for (int j = 0; j < count; j++) {
        const int32_t x = saturate16(round_product(saturate16((top - scores[j]) >> pre), m, post));
        scores[j] = exp_negative(x);
        total += (uint32_t)scores[j];
    }
    return total;
}
</%def>
<%def name="weighed_bytes()">
/* Of each of depth channels, by fours: the sum of weights below 2^15, total in all, times values less their zero, step apart. */
static inline void weighed_bytes(int32_t *sums, const int32_t *weights, const int8_t *values, int step, int count, int depth,
                                 int32_t zero, int32_t total)
{
#if defined(__ARM_FEATURE_DSP)
    const int32_t less = total * zero;
    for (int c = 0; c < depth; c += 8, values += 8) { /* the last may be four */
        const int8_t *v = values;
        const int beyond = c + 4 < depth ? 4 : 0;
        int32_t sum[8] = { -less, -less, -less, -less, -less, -less, -less, -less };
        for (int j = 0; j < count; j++, v += step) {
            int8x4_t four;
            int8x4_t next;
            memcpy(&four, v, sizeof four);
            memcpy(&next, v + beyond, sizeof next);
% for k, word in ((0, "four"), (4, "next")):
            sum[${k}] = __smlabb(weights[j], __sxtb16(${word}), sum[${k}]);
            sum[${k + 1}] = __smlabb(weights[j], odd_bytes(${word}), sum[${k + 1}]);
            sum[${k + 2}] = __smlabt(weights[j], __sxtb16(${word}), sum[${k + 2}]);
            sum[${k + 3}] = __smlabt(weights[j], odd_bytes(${word}), sum[${k + 3}]);
% endfor
        }
        memcpy(sums + c, sum, (size_t)(beyond + 4) * sizeof *sum);
    }
#else
${plain_weighed()}\
#endif
}
</%def>
<%def name="exp_negative(plain)">
#if defined(__ARM_FEATURE_DSP)
/* e^-x of x 2^-11, x from 0 to 32767, in units of 1/32767: linear between points 1/32 apart, error below 1.4e-4. One load
 * brings both points. */
static inline int32_t exp_negative(int32_t x)
{
    int32_t both;
    memcpy(&both, exp_table + (x >> 6), sizeof both);
    const int32_t near = (int16_t)both;
    return near + (__smlabb((both >> 16) - near, x & 63, 32) >> 6);
}
#else
${plain("exp_negative")}
#endif
</%def>
<%def name="rows_to_bytes()">
/* y of so many sums: round(sum 2^-pre m 2^-post) + zero, from low to high; sums hold what rounds the first shift. */
static inline void rows_to_bytes(int8_t *y, const int32_t *sums, const int16_t *m, int rows, int pre, int post,
                                 int32_t zero, int32_t low, int32_t high)
{
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 4
#endif
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
<%def name="rescale()">
/* x to another scale, m / 2^(pre + post) of its own; the product takes 31 bits. */
static inline int32_t rescale(int32_t x, int pre, int32_t m, int post)
{
    return round_product(saturate16(round_shift(x, pre)), m, post);
}
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
    for (; c + 4 <= channels; c += 4, y += 4) {
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
        for (int tap = 0; tap < taps; tap++) {
            sum += w[tap * channels + c] * from[tap][c];
        }
        const int32_t value = round_product(saturate16(sum >> pre), m[c], post) + zero;
        *y = (int8_t)(whole ? saturate8(value) : clamp(value, low, high));
    }
}
</%def>
