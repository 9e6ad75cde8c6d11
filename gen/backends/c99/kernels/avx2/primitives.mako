<%doc>What products of bytes by AVX2 are made of.</%doc>\
<%def name="widened()">
#if defined(__AVX2__)
/* Sixteen bytes as integers of 16 bits. */
static inline __m256i widened(const int8_t *x)
{
    __m128i bytes;
    memcpy(&bytes, x, sizeof bytes);
    return _mm256_cvtepi8_epi16(bytes);
}
#endif
</%def>
<%def name="add_eight()">
#if defined(__AVX2__)
static inline void add_eight(int32_t *sums, __m256i more)
{
    __m256i all;
    memcpy(&all, sums, sizeof all);
    all = _mm256_add_epi32(all, more);
    memcpy(sums, &all, sizeof all);
}
#endif
</%def>
<%def name="add_four()">
#if defined(__SSE2__) && !defined(__AVX2__)
static inline void add_four(int32_t *sums, __m128i more)
{
    __m128i all;
    memcpy(&all, sums, sizeof all);
    all = _mm_add_epi32(all, more);
    memcpy(sums, &all, sizeof all);
}
#endif
</%def>
