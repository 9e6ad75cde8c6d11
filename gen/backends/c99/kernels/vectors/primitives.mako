<%doc>Results from sums of bytes, and from bytes.</%doc>\
<%namespace name="words" file="/words/primitives.mako"/>\
<%def name="tanh_words(counted)">${words.tanh_words(counted)}</%def>
<%def name="gate_tanh()">${words.gate_tanh()}</%def>
<%def name="rows_to_bytes()">
/* Sums as results of int8: what shifts out of 16 bits, times the multiplier, shifted, from the zero point on. */
static inline void rows_to_bytes(int8_t *y, const int32_t *sums, const int16_t *multipliers, int rows, int pre, int post,
                                 int zero, int low, int high)
{
    int k = 0;
#if defined(__AVX512BW__) && defined(__AVX512VNNI__)
    const __m512i half = _mm512_set1_epi32((int32_t)1 << post >> 1);
    for (; k + 16 <= rows; k += 16) { /* in 32 bits, of which products take the lower 16 */
        const __m512i m = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i *)(const void *)(multipliers + k)));
        const __m512i sum = _mm512_srai_epi32(_mm512_loadu_si512(sums + k), (unsigned)pre);
        const __m512i x = _mm512_max_epi32(_mm512_min_epi32(sum, _mm512_set1_epi32(INT16_MAX)), _mm512_set1_epi32(INT16_MIN));
        const __m512i all = _mm512_srai_epi32(_mm512_add_epi32(_mm512_madd_epi16(x, m), half), (unsigned)post);
        const __m512i moved = _mm512_max_epi32(_mm512_add_epi32(all, _mm512_set1_epi32(zero)), _mm512_set1_epi32(low));
        _mm_storeu_si128((__m128i *)(void *)(y + k), _mm512_cvtepi32_epi8(_mm512_min_epi32(moved, _mm512_set1_epi32(high))));
    }
#elif defined(__AVX2__)
    const __m256i half = _mm256_set1_epi32((int32_t)1 << post >> 1);
    for (; k + 16 <= rows; k += 16) { /* in the order 0-3, 8-11, 4-7, 12-15 */
        __m256i sum[2];
        __m256i m;
        memcpy(sum, sums + k, sizeof sum);
        memcpy(&m, multipliers + k, sizeof m);
        m = _mm256_permute4x64_epi64(m, 0xd8);
        const __m256i x = _mm256_packs_epi32(_mm256_srai_epi32(sum[0], pre), _mm256_srai_epi32(sum[1], pre));
        const __m256i below = _mm256_mullo_epi16(x, m);
        const __m256i above = _mm256_mulhi_epi16(x, m);
        const __m256i a = _mm256_srai_epi32(_mm256_add_epi32(_mm256_unpacklo_epi16(below, above), half), post);
        const __m256i b = _mm256_srai_epi32(_mm256_add_epi32(_mm256_unpackhi_epi16(below, above), half), post);
        const __m256i all = _mm256_permute4x64_epi64(_mm256_packs_epi32(a, b), 0xd8);
        const __m256i moved = _mm256_adds_epi16(all, _mm256_set1_epi16((int16_t)zero));
        const __m256i value = _mm256_max_epi16(_mm256_min_epi16(moved, _mm256_set1_epi16((int16_t)high)), _mm256_set1_epi16((int16_t)low));
        const __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(value), _mm256_extracti128_si256(value, 1));
        memcpy(y + k, &bytes, sizeof bytes);
    }
#elif defined(__ARM_NEON) && defined(__AARCH64EL__)
    for (; k + 8 <= rows; k += 8) {
        int16x4_t half[2];
        for (int j = 0; j < 2; j++) {
            const int16x4_t x = vqmovn_s32(vshlq_s32(vld1q_s32(sums + k + 4 * j), vdupq_n_s32(-pre)));
            half[j] = vqmovn_s32(vrshlq_s32(vmull_s16(x, vld1_s16(multipliers + k + 4 * j)), vdupq_n_s32(-post)));
        }
        const int16x8_t moved = vqaddq_s16(vcombine_s16(half[0], half[1]), vdupq_n_s16((int16_t)zero));
        vst1_s8(y + k, vmovn_s16(vmaxq_s16(vminq_s16(moved, vdupq_n_s16((int16_t)high)), vdupq_n_s16((int16_t)low))));
    }
#endif
    for (; k < rows; k++) {
        y[k] = (int8_t)clamp(round_shift(saturate16(sums[k] >> pre) * multipliers[k], post) + zero, low, high);
    }
}
</%def>
