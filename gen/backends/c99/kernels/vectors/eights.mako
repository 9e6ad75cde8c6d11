<%doc>Parts of gemv of floats: vectors of eight, for registers of any width.</%doc>\
<%namespace name="vectors" file="/vectors/vectors.mako"/>\
<%def name="vectors_of_eight()">
/* Vectors of eight floats, and an input for all of them. */
#if defined(__AVX2__) && defined(__FMA__)
#define EIGHT_FLOATS
typedef __m256 eight;
typedef __m256 eight_input;
#if defined(__F16C__)
static VECTORS eight eight_of_halves(const uint16_t *from)
{
    return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)from));
}
#endif
${eights("_mm256_setzero_ps()", "_mm256_loadu_ps(from)", "_mm256_storeu_ps(to, value)", "_mm256_broadcast_ss(x)", "_mm256_add_ps(a, b)", "_mm256_fmadd_ps(w, x, sum)", "_mm256_fmadd_ps(w, x, sum)")}\
static VECTORS void eight_totals(float *to, eight a, eight b, eight c, eight d)
{
    const __m256 halves = _mm256_hadd_ps(_mm256_hadd_ps(a, b), _mm256_hadd_ps(c, d));
    _mm_storeu_ps(to, _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps(halves, 1)));
}
#elif defined(__ARM_NEON) && defined(__AARCH64EL__)
#define EIGHT_FLOATS
typedef struct {
    float32x4_t a;
    float32x4_t b;
} eight;
typedef float32x4_t eight_input;
static VECTORS eight eight_of_halves(const uint16_t *from)
{
    const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(from));
    return (eight){ vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves) };
}
${eights("(eight){ vdupq_n_f32(0), vdupq_n_f32(0) }", "(eight){ vld1q_f32(from), vld1q_f32(from + 4) }", "(vst1q_f32(to, value.a), vst1q_f32(to + 4, value.b))", "vdupq_n_f32(*x)", "(eight){ vaddq_f32(a.a, b.a), vaddq_f32(a.b, b.b) }", "(eight){ vfmaq_f32(sum.a, w.a, x), vfmaq_f32(sum.b, w.b, x) }", "(eight){ vfmaq_f32(sum.a, w.a, x.a), vfmaq_f32(sum.b, w.b, x.b) }")}\
static VECTORS void eight_totals(float *to, eight a, eight b, eight c, eight d)
{
    const float32x4_t low = vpaddq_f32(vaddq_f32(a.a, a.b), vaddq_f32(b.a, b.b));
    vst1q_f32(to, vpaddq_f32(low, vpaddq_f32(vaddq_f32(c.a, c.b), vaddq_f32(d.a, d.b))));
}
#endif
</%def>
<%def name="eights(zero, load, store, spread, add, products, sums)">\
<%
    heads = [
        ("eight eight_zero(void)", f"return {zero}"),
        ("eight eight_load(const float *from)", f"return {load}"),
        ("void eight_store(float *to, eight value)", store),
        ("eight_input eight_spread(const float *x)", f"return {spread}"),
        ("eight eight_add(eight a, eight b)", f"return {add}"),
        ("eight eight_products(eight sum, eight w, eight_input x)", f"return {products}"),
        ("eight eight_sums(eight sum, eight w, eight x)", f"return {sums}"),
    ]
%>\
${vectors.functions(heads)}\
</%def>
<%def name="dot_rows()">
/* y[j] = x . row j, of four rows at once. */
static inline void dot_rows(float *y, const float *x, const float *rows, int count, int stride, int width)
{
    int j = 0;
#if defined(EIGHT_FLOATS)
    for (; j + 4 <= count; j += 4) {
        const float *row = rows + (int32_t)j * stride;
        eight sums[4] = { eight_zero(), eight_zero(), eight_zero(), eight_zero() };
        int k = 0;
        for (; k + 8 <= width; k += 8) {
            const eight part = eight_load(x + k);
            ${over("int i", 4, "sums[i] = eight_sums(sums[i], eight_load(row + (int32_t)i * stride + k), part);")}
        }
        eight_totals(y + j, sums[0], sums[1], sums[2], sums[3]);
        ${over("k", "width", over("int i", 4, "y[j + i] += x[k] * row[(int32_t)i * stride + k];"))}
    }
#endif
    for (; j < count; j++) {
        y[j] = 0.0f;
        ${over("int k", "width", "y[j] += x[k] * rows[(size_t)j * (size_t)stride + (size_t)k];")}
    }
}
</%def>
<%def name="sum_rows()">
/* y = sum of w[j] times row j, sixteen values at once. */
static inline void sum_rows(float *y, const float *w, const float *rows, int count, int stride, int width)
{
    int k = 0;
#if defined(EIGHT_FLOATS)
    for (; k + 16 <= width; k += 16) {
        eight a = eight_zero();
        eight b = eight_zero();
        for (int j = 0; j < count; j++) {
            const eight_input one = eight_spread(w + j);
            const float *row = rows + (int32_t)j * stride + k;
            a = eight_products(a, eight_load(row), one);
            b = eight_products(b, eight_load(row + 8), one);
        }
        eight_store(y + k, a);
        eight_store(y + k + 8, b);
    }
#endif
    ${over("k", "width", "y[k] = 0.0f;", over("int j", "count", "y[k] += w[j] * rows[(int32_t)j * stride + k];"))}
}
</%def>
