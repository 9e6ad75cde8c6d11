<%doc>What tiles are made of: vectors of the widest kind that the compiler is told of, and inputs as they are laid out.</%doc>\
<%!
    from typing import NamedTuple

    from gatesmith.backends.c99.kernels.lanes.bytes import LANES

    class Form(NamedTuple):
        """Vectors of an instruction set: when there are any, how many values they have, their intrinsics' names, and the
        one that sums products; without it two are made of halves."""

        condition: str
        lanes: int
        vector: str
        prefix: str
        products: str = ""

    BYTES = (
        Form("defined(__AVX512F__) && defined(__AVX512VNNI__)", 16, "__m512i", "_mm512", "_mm512_dpbusd_epi32"),
        Form("defined(__AVXVNNI__)", 8, "__m256i", "_mm256", "_mm256_dpbusd_avx_epi32"),
        Form("defined(__AVX2__)", 8, "__m256i", "_mm256"),
        Form("defined(__SSE2__)", 4, "__m128i", "_mm"),
    )
    FLOATS = (
        Form("defined(__AVX512F__)", 16, "__m512", "_mm512", "_mm512_fmadd_ps(w, x, sum)"),
        Form("defined(__AVX2__) && defined(__FMA__)", 8, "__m256", "_mm256", "_mm256_fmadd_ps(w, x, sum)"),
        Form("defined(__SSE2__)", 4, "__m128", "_mm", "_mm_add_ps(sum, _mm_mul_ps(w, x))"),
    )
%>\
<%def name="tile_now()">
#if defined(__GNUC__) && !defined(__clang__)
#define TILE_UNROLLED _Pragma("GCC unroll 8")
#else
#define TILE_UNROLLED
#endif
#if defined(__GNUC__)
#define TILE_INLINE inline __attribute__((always_inline))
#define TILE_APART __attribute__((noinline))
#else
#define TILE_INLINE inline
#define TILE_APART
#endif
#if defined(__AVX512F__) /* twice the registers */
#define TILE_POSITIONS(vectors, operands) ((vectors) > 2 ? 4 : 8)
#else
#define TILE_POSITIONS(vectors, operands) ((vectors) > 4 ? 1 : (vectors) == 4 ? ((operands) > 1 ? 2 : 3) : 4)
#endif

/* Where runs of inputs begin, how many there are, inputs of each, runs whose sum is a part, inputs to the next position. */
typedef struct {
    const int32_t *places;
    int runs;
    int run;
    int part;
    int step;
} tile_t;

/* Positions of the next tile: the most that one has, or half of what is left. */
static inline int tile_now(int left, int most)
{
    return left <= most ? left : left < 2 * most ? (left + 1) / 2 : most;
}
</%def>
<%def name="vectors_of_bytes()">
/* Vectors of sums of four products of bytes: of weights, and of inputs without sign. */
% for k, form in enumerate(BYTES):
#${"el" if k else ""}if ${form.condition}
#define BYTE_LANES ${form.lanes}
#define BYTE_OPERANDS ${1 if form.products else 2}
typedef ${form.vector} byte_vector;
% if form.products:
typedef ${form.vector} byte_operand;
% else:
typedef struct {
    ${form.vector} even;
    ${form.vector} odd;
} byte_operand; /* bytes in 16 bits each */
% endif
% endfor
#endif
% for k, form in enumerate(BYTES):
<% load, store = (f"{form.prefix}_{word}u_si{32 * form.lanes}" for word in ("load", "store")) %>\
#${"el" if k else ""}if ${form.condition}
${common("byte", "int32_t", form, f"{form.prefix}_setzero_si{32 * form.lanes}()", f"{load}((const {form.vector} *)(const void *)from)", f"{store}(({form.vector} *)(void *)to, value)", f"{form.prefix}_add_epi32(a, b)")}\
static inline byte_operand byte_weights(const int8_t *w)
{
    const ${form.vector} both = ${load}((const ${form.vector} *)(const void *)w);
% if form.products:
    return both;
% else:
    return (byte_operand){ ${form.prefix}_srai_epi16(${form.prefix}_slli_epi16(both, 8), 8), ${form.prefix}_srai_epi16(both, 8) };
% endif
}
static inline byte_operand byte_inputs(const uint8_t *x)
{
    int32_t four;
    memcpy(&four, x, sizeof four);
    const ${form.vector} both = ${form.prefix}_set1_epi32(four);
% if form.products:
    return both;
% else:
    return (byte_operand){ ${form.prefix}_and_si${32 * form.lanes}(both, ${form.prefix}_set1_epi16(255)), ${form.prefix}_srli_epi16(both, 8) };
% endif
}
static inline byte_vector byte_products(byte_vector sum, byte_operand w, byte_operand x)
{
% if form.products:
    return ${form.products}(sum, x, w);
% else:
    const ${form.vector} even = ${form.prefix}_madd_epi16(w.even, x.even);
    return ${form.prefix}_add_epi32(sum, ${form.prefix}_add_epi32(even, ${form.prefix}_madd_epi16(w.odd, x.odd)));
% endif
}
% endfor
#endif
</%def>
<%def name="vectors_of_floats()">
/* Vectors of sums of floats. */
% for k, form in enumerate(FLOATS):
#${"el" if k else ""}if ${form.condition}
#define FLOAT_LANES ${form.lanes}
#define FLOAT_OPERANDS 1
typedef ${form.vector} float_vector;
typedef ${form.vector} float_operand;
${common("float", "float", form, f"{form.prefix}_setzero_ps()", f"{form.prefix}_loadu_ps(from)", f"{form.prefix}_storeu_ps(to, value)", f"{form.prefix}_add_ps(a, b)")}\
static inline float_operand float_weights(const float *w)
{
    return ${form.prefix}_loadu_ps(w);
}
static inline float_operand float_inputs(const float *x)
{
    return ${form.prefix}_set1_ps(*x);
}
static inline float_vector float_products(float_vector sum, float_operand w, float_operand x)
{
    return ${form.products};
}
% endfor
#endif
</%def>
<%def name="common(v, kind, form, zero, load, store, add)">\
static inline ${v}_vector ${v}_zero(void)
{
    return ${zero};
}
static inline ${v}_vector ${v}_load(const ${kind} *from)
{
    return ${load};
}
static inline void ${v}_store(${kind} *to, ${v}_vector value)
{
    ${store};
}
static inline ${v}_vector ${v}_add(${v}_vector a, ${v}_vector b)
{
    return ${add};
}
</%def>
<%def name="lay_bytes()">
${lay("bytes", "uint8_t", "int8_t")}\
</%def>
<%def name="lay_floats()">
${lay("floats", "float", "float")}\
</%def>
<%def name="lay(name, to, source)">\
<% whole = source == "int8_t" %>\
/* n values of a row from the first on${", each more by a number" if whole else ""}; those outside of it, or all of none, are padding. */
static void lay_${name}(${to} *to, const ${source} *row, int32_t first, int32_t n, int32_t end${", int zero, int more" if whole else ""})
{
    const int32_t before = first < 0 ? (-first < n ? -first : n) : 0;
    const int32_t left = row == NULL ? 0 : end - first;
    const int32_t behind = left < before ? before : left < n ? left : n;
% if whole:
    memset(to, zero + more, (size_t)before);
    for (int32_t k = before; k < behind; k++) {
        to[k] = (uint8_t)(row[first + k] + more);
    }
    memset(to + behind, zero + more, (size_t)(n - behind));
% else:
    for (int32_t k = 0; k < before; k++) {
        to[k] = 0.0f;
    }
    for (int32_t k = before; k < behind; k++) {
        to[k] = row[first + k];
    }
    for (int32_t k = behind; k < n; k++) {
        to[k] = 0.0f;
    }
% endif
}
</%def>
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
#else
${places("int32_t", "int8_t")}\
#endif
</%def>
<%def name="places_of_floats()">
/* Sums of neighbouring channels, two places at a time. */
#if defined(FLOAT_LANES)
#define PLACE_LANES FLOAT_LANES
typedef float_vector place_sums;
typedef struct {
    float_vector x;
    float_vector z;
} place_values;
static inline place_sums place_begin(const float *bias)
{
    return float_load(bias);
}
static inline place_values place_two(const float *x, const float *z)
{
    return (place_values){ float_load(x), float_load(z) };
}
static inline place_sums place_products(place_sums sum, place_values w, place_values x)
{
    return float_products(float_products(sum, w.x, x.x), w.z, x.z);
}
static inline void place_store(float *to, place_sums sum)
{
    float_store(to, sum);
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
