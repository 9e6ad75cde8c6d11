<%doc>What depthwise convolutions along channels are made of: sums of two places at a time.</%doc>\
<%!
    from gatesmith.backends.c99.kernels.lanes.bytes import LANES
%>\
<%def name="places_of_bytes()">
/* Sums of ${LANES} channels, two places at a time. */
#define PLACE_LANES ${LANES}
#if defined(__AVX2__)
typedef struct {
    __m256i low;
    __m256i high;
} place_sums;
typedef place_sums place_values; /* both places of a channel side by side */
static inline place_sums place_begin(const int32_t *bias)
{
    __m256i all[2];
    memcpy(all, bias, sizeof all);
    return (place_sums){ _mm256_permute2x128_si256(all[0], all[1], 0x20), _mm256_permute2x128_si256(all[0], all[1], 0x31) };
}
static inline place_values place_two(const int8_t *x, const int8_t *z)
{
    const __m256i a = widened(x);
    const __m256i b = widened(z);
    return (place_values){ _mm256_unpacklo_epi16(a, b), _mm256_unpackhi_epi16(a, b) };
}
static inline place_sums place_products(place_sums sum, place_values w, place_values x)
{
    const __m256i low = _mm256_add_epi32(sum.low, _mm256_madd_epi16(w.low, x.low));
    return (place_sums){ low, _mm256_add_epi32(sum.high, _mm256_madd_epi16(w.high, x.high)) };
}
static inline void place_store(int32_t *to, place_sums sum)
{
    const __m256i all[2] = { _mm256_permute2x128_si256(sum.low, sum.high, 0x20), _mm256_permute2x128_si256(sum.low, sum.high, 0x31) };
    memcpy(to, all, sizeof all);
}
#elif defined(__ARM_NEON) && defined(__AARCH64EL__)
typedef struct {
    int32x4_t of[4];
} place_sums;
typedef struct {
    int8x16_t x;
    int8x16_t z;
} place_values;
static inline place_sums place_begin(const int32_t *bias)
{
    return (place_sums){ { vld1q_s32(bias), vld1q_s32(bias + 4), vld1q_s32(bias + 8), vld1q_s32(bias + 12) } };
}
static inline place_values place_two(const int8_t *x, const int8_t *z)
{
    return (place_values){ vld1q_s8(x), vld1q_s8(z) };
}
static inline place_sums place_products(place_sums sum, place_values w, place_values x)
{
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(w.x), vget_low_s8(x.x)), vget_low_s8(w.z), vget_low_s8(x.z));
    const int16x8_t high = vmlal_high_s8(vmull_high_s8(w.x, x.x), w.z, x.z);
    return (place_sums){ { vaddw_s16(sum.of[0], vget_low_s16(low)), vaddw_high_s16(sum.of[1], low),
                           vaddw_s16(sum.of[2], vget_low_s16(high)), vaddw_high_s16(sum.of[3], high) } };
}
static inline void place_store(int32_t *to, place_sums sum)
{
    for (int k = 0; k < 4; k++) {
        vst1q_s32(to + 4 * k, sum.of[k]);
    }
}
#else
${places("int32_t", "int8_t")}\
#endif
</%def>
<%def name="places_of_floats()">
/* Sums of neighbouring channels, two places at a time. */
#if defined(FLOAT_LANES)
#define PLACE_LANES FLOAT_LANES
typedef struct {
    float_vector x;
    float_vector z;
} place_values; /* sums of either place wait for one another less */
typedef place_values place_sums;
static inline place_sums place_begin(const float *bias)
{
    return (place_sums){ float_load(bias), float_zero() };
}
static inline place_values place_two(const float *x, const float *z)
{
    return (place_values){ float_load(x), float_load(z) };
}
static inline place_sums place_products(place_sums sum, place_values w, place_values x)
{
    return (place_sums){ float_products(sum.x, w.x, x.x), float_products(sum.z, w.z, x.z) };
}
static inline void place_store(float *to, place_sums sum)
{
    float_store(to, float_add(sum.x, sum.z));
}
#else
#define PLACE_LANES ${LANES}
${places("float", "float")}\
#endif
</%def>
<%def name="places(sums, kind)">\
typedef struct {
    ${sums} of[PLACE_LANES];
} place_sums;
typedef struct {
    const ${kind} *x;
    const ${kind} *z;
} place_values;
static inline place_sums place_begin(const ${sums} *bias)
{
    place_sums sum;
    memcpy(sum.of, bias, sizeof sum.of);
    return sum;
}
static inline place_values place_two(const ${kind} *x, const ${kind} *z)
{
    return (place_values){ x, z };
}
static inline place_sums place_products(place_sums sum, place_values w, place_values x)
{
    for (int j = 0; j < PLACE_LANES; j++) {
        sum.of[j] += w.x[j] * x.x[j] + w.z[j] * x.z[j];
    }
    return sum;
}
static inline void place_store(${sums} *to, place_sums sum)
{
    memcpy(to, sum.of, sizeof sum.of);
}
</%def>
