<%doc>gemv of int8 for x86-64 with AVX2, and the same in C elsewhere. Needs: g, the Product.</%doc>\
<%namespace name="lanes" file="/lanes/bytes.mako"/>\
<%!
    from gatesmith.backends.c99.kernels.avx2.bytes import SUMS
    from gatesmith.backends.c99.kernels.avx2.floats import LANES
    from gatesmith.backends.c99.kernels.lanes.bytes import LANES as WIDE
    from gatesmith.backends.c99.kernels.lanes.bytes import padded

    TURN = 4
    CONDITION = "#if defined(__AVX2__)"
%>\
<%def name="wide(count)">\
    __m256i wide[${padded(count) // WIDE}];
% if count >= WIDE:
    for (int k = 0; k < ${count // WIDE}; k++) {
        wide[k] = widened(x + ${WIDE} * k);
    }
% endif
% if count % WIDE:
<% whole = count // WIDE %>\
    int8_t last[${WIDE}] = { 0 };
    memcpy(last, ${f"x + {WIDE * whole}" if whole else "x"}, ${count % WIDE});
    wide[${whole}] = widened(last);
% endif
    (void)n;
</%def>
<%def name="dots(g)">
<%
    count = padded(g.count)
    vectors = count // WIDE
    turn = max(t for t in (1, 2, TURN) if vectors % t == 0)
    eights, fours = divmod(g.rows, LANES)
%>\
${CONDITION}
/* sums[r] += sum of w[r][k] * x[k]: ${g.rows} rows of ${g.count} inputs, ${LANES if eights else 4} rows a pass over x in 16 bits. */
${apart()}\
static void ${g.name}(int32_t *sums, const int8_t *w, const int8_t *x, int n)
{
${wide(g.count)}\
% if eights:
    for (int r = 0; r < ${LANES * eights}; r += ${LANES}, w += ${LANES * count}) {
${rows_at_once(LANES, count, turn)}\
        const __m256i halves = _mm256_permute2x128_si256(left, right, 0x31);
        __m256i all;
        memcpy(&all, sums + r, sizeof all);
        all = _mm256_add_epi32(all, _mm256_add_epi32(_mm256_permute2x128_si256(left, right, 0x20), halves));
        memcpy(sums + r, &all, sizeof all);
    }
% endif
% if fours:
    {
${rows_at_once(4, count, turn)}\
        int32_t four[4];
        const __m128i total = _mm_add_epi32(_mm256_castsi256_si128(left), _mm256_extracti128_si256(left, 1));
        memcpy(four, &total, sizeof four);
        for (int r = 0; r < 4; r++) {
            sums[${LANES * eights} + r] += four[r];
        }
    }
% endif
}
#else
${capture(lanes.dots, g).strip()}
#endif
</%def>
<%def name="apart()">\
#if defined(__GNUC__)
__attribute__((noinline)) /* inlined, its vectors make scalar code of loops around it */
#endif
</%def>
<%def name="rolled()">\
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC unroll 1 /* unrolled, gcc makes all products first, which fit no registers */
#endif
</%def>
<%def name="rows_at_once(rows, count, turn)">\
% for r in range(rows):
        __m256i sum_${r} = _mm256_setzero_si256();
% endfor
${rolled()}\
        for (int k = 0; k < ${count // WIDE}; k += ${turn}) {
            const int8_t *const at = w + ${WIDE} * k;
% for r in range(rows):
<%
    def product(t):
        x = f"wide[k + {t}]" if t else "wide[k]"
        return f"_mm256_madd_epi16(widened(at + {r * count + WIDE * t}), {x})"

    products = [product(t) for t in range(turn)]
    while len(products) > 1:
        products = [f"_mm256_add_epi32({', '.join(products[k : k + 2])})" for k in range(0, len(products), 2)]
%>\
            sum_${r} = _mm256_add_epi32(sum_${r}, ${products[0]});
% endfor
        }
        const __m256i left = _mm256_hadd_epi32(_mm256_hadd_epi32(sum_0, sum_1), _mm256_hadd_epi32(sum_2, sum_3));
% if rows == LANES:
        const __m256i right = _mm256_hadd_epi32(_mm256_hadd_epi32(sum_4, sum_5), _mm256_hadd_epi32(sum_6, sum_7));
% endif
</%def>
<%def name="dots_long(g)">
${lanes.dots_long(g)}\
</%def>
<%def name="pairs(g)">
<%
    vectors, pairs = g.rows // LANES, -(-g.count // 2)
    passes = -(-vectors // SUMS)
    ends = [vectors * k // passes for k in range(passes + 1)]
%>\
/* sums[r] += sum of w[k / 2][r][k % 2] * x[k]: ${g.rows} rows side by side, ${g.count} inputs, two at a time. */
${apart()}\
static void ${g.name}(int32_t *sums, const int8_t (*w)[${2 * g.rows}], const int8_t *x, int n)
{
${CONDITION}
${wide(g.count)}\
% for first, last in zip(ends, ends[1:]):
    {
% for v in range(first, last):
        __m256i sum_${v} = _mm256_setzero_si256();
% endfor
${rolled()}\
        for (int k = 0; k < ${pairs}; k++) {
            int32_t pair;
            memcpy(&pair, (const int16_t *)(const void *)wide + 2 * k, sizeof pair);
            const __m256i in = _mm256_set1_epi32(pair);
% for v in range(first, last):
            sum_${v} = _mm256_add_epi32(sum_${v}, _mm256_madd_epi16(widened(w[k] + ${WIDE * v}), in));
% endfor
        }
% for v in range(first, last):
        add_eight(sums + ${LANES * v}, sum_${v});
% endfor
    }
% endfor
#elif defined(__SSE2__)
    int16_t wide[${2 * pairs}] = { 0 };
    for (int k = 0; k < n; k++) {
        wide[k] = x[k];
    }
    for (int r = 0; r < ${g.rows}; r += ${LANES}) {
        __m128i sum_0 = _mm_setzero_si128();
        __m128i sum_1 = _mm_setzero_si128();
        for (int k = 0; k < ${pairs}; k++) {
            int32_t pair;
            memcpy(&pair, wide + 2 * k, sizeof pair);
            const __m128i in = _mm_set1_epi32(pair);
            __m128i bytes;
            memcpy(&bytes, w[k] + 2 * r, sizeof bytes);
            sum_0 = _mm_add_epi32(sum_0, _mm_madd_epi16(_mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8), in));
            sum_1 = _mm_add_epi32(sum_1, _mm_madd_epi16(_mm_srai_epi16(_mm_unpackhi_epi8(bytes, bytes), 8), in));
        }
        add_four(sums + r, sum_0);
        add_four(sums + r + 4, sum_1);
    }
#else
    int32_t sum[${g.rows}] = { 0 };
    for (int k = 0; k < n; k += 2) {
        const int32_t a = x[k];
        const int32_t b = k + 1 < n ? x[k + 1] : 0;
        for (int r = 0; r < ${g.rows}; r++) {
            sum[r] += w[k / 2][2 * r] * a + w[k / 2][2 * r + 1] * b;
        }
    }
    for (int r = 0; r < ${g.rows}; r++) {
        sums[r] += sum[r];
    }
#endif
}
</%def>
