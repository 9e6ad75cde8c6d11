<%doc>Parts of tiles: the widest vectors of the compiler's flags, or single values; the layout of inputs.</%doc>\
<%!
    from typing import NamedTuple

    from gatesmith.backends.c99.kernels.vectors.tiles import LANES

    class Form(NamedTuple):
        """Vectors of an instruction set: when there are any, how many values they have, their type and that of weights
        and inputs (without one, each is two vectors of halves), and what functions of them return. Without a condition:
        what C has."""

        condition: str
        lanes: int
        vector: str
        operand: str
        load: str
        store: str
        weights: str
        inputs: str
        products: str
        zero: str = ""
        add: str = ""

    PREFIX = {4: "_mm", 8: "_mm256", 16: "_mm512"}
    """Of x86-64's intrinsics, by lanes."""
    ARM = "defined(__ARM_NEON) && defined(__AARCH64EL__)"

    def bytes_of_x86(condition, lanes, products=""):
        p, vector, bits = PREFIX[lanes], f"__m{32 * lanes}i", f"si{32 * lanes}"
        load, store = f"{p}_loadu_{bits}((const {vector} *)(const void *)from)", f"{p}_storeu_{bits}(({vector} *)(void *)to, value)"
        return Form(condition, lanes, vector, vector if products else "", load, store, load, f"{p}_set1_epi32(four)", products)

    def bytes_of_arm(condition, products):
        load, store, inputs = "vld1q_s32(from)", "vst1q_s32(to, value)", "vdupq_n_s32(four)"
        return Form(condition, 4, "int32x4_t", "int8x16_t", load, store, "vld1q_s8(from)", inputs, products)

    def floats_of_x86(condition, lanes, products):
        p, vector = PREFIX[lanes], f"__m{32 * lanes}"
        load, store, zero, add = f"{p}_loadu_ps(from)", f"{p}_storeu_ps(to, value)", f"{p}_setzero_ps()", f"{p}_add_ps(a, b)"
        return Form(condition, lanes, vector, vector, load, store, load, f"{p}_set1_ps(*from)", products, zero, add)

    SINGLE = " + ".join(f"(int8_t)(w >> {8 * k}) * (int8_t)(x >> {8 * k})" for k in range(4))
    HALVES = "vmull_s8(vget_low_s8(w), vget_low_s8(x)), vmull_high_s8(w, x)"
    BYTES = (
        bytes_of_x86("defined(__AVX512F__) && defined(__AVX512VNNI__)", 16, "_mm512_dpbusd_epi32(sum, x, w)"),
        bytes_of_x86("defined(__AVXVNNI__)", 8, "_mm256_dpbusd_avx_epi32(sum, x, w)"),
        bytes_of_x86("defined(__AVX2__)", 8),
        bytes_of_x86("defined(__SSE2__)", 4),
        bytes_of_arm(f"{ARM} && defined(__ARM_FEATURE_DOTPROD)", "vdotq_s32(sum, w, x)"),
        bytes_of_arm(ARM, f"vpadalq_s16(sum, vpaddq_s16({HALVES}))"),
        Form("", 1, "int32_t", "int32_t", "byte_word(from)", "*to = value", "byte_word(from)", "four", f"sum + {SINGLE}"),
    )
    FLOATS = (
        floats_of_x86("defined(__AVX512F__)", 16, "_mm512_fmadd_ps(w, x, sum)"),
        floats_of_x86("defined(__AVX2__) && defined(__FMA__)", 8, "_mm256_fmadd_ps(w, x, sum)"),
        floats_of_x86("defined(__SSE2__)", 4, "_mm_add_ps(sum, _mm_mul_ps(w, x))"),
        Form(ARM, 4, "float32x4_t", "float32x4_t", "vld1q_f32(from)", "vst1q_f32(to, value)", "vld1q_f32(from)",
             "vdupq_n_f32(*from)", "vfmaq_f32(sum, w, x)", "vdupq_n_f32(0)", "vaddq_f32(a, b)"),
        Form("", 1, "float", "float", "*from", "*to = value", "*from", "*from", "sum + w * x", "0.0f", "a + b"),
    )

    def case(forms, form):
        return f"#{'el' * (form != forms[0])}if {form.condition}" if form.condition else "#else"

    def moves(v, kind, form):
        load, store = f"{v}_vector {v}_load(const {kind} *from)", f"void {v}_store({kind} *to, {v}_vector value)"
        return [(load, f"return {form.load}"), (store, form.store)]

    def signed(form):
        """Whether inputs have a sign: then they are more by nothing."""
        return ARM in form.condition or not form.condition
%>\
<%def name="in_vectors()">
${gcc.word("VECTORS", "unused", "inline")}\
</%def>
<%def name="tile_apart()">
${gcc.word("TILE_APART", "noinline")}\
</%def>
<%def name="tile_unrolled()">
#if defined(__GNUC__) && __GNUC__ >= 8 && !defined(__clang__)
#define TILE_UNROLLED _Pragma("GCC unroll 16")
#else
#define TILE_UNROLLED
#endif
</%def>
<%def name="tile_now()">
${gcc.word("TILE_INLINE", "always_inline", "inline")}\
#if defined(__AVX512F__) /* twice the registers */
#define TILE_POSITIONS(vectors, operands, most) ((vectors) > 2 ? 4 : (vectors) > 1 ? 8 : (most))
#elif defined(__AARCH64EL__)
#define TILE_POSITIONS(vectors, operands, most) ((vectors) > 4 ? ((operands) > 1 ? 2 : 3) : 4)
#else
#define TILE_POSITIONS(vectors, operands, most) ((vectors) > 4 ? 1 : (vectors) == 4 ? ((operands) > 1 ? 2 : 3) : 4)
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
static VECTORS int tile_now(int left, int most)
{
    return left <= most ? left : left < 2 * most ? (left + 1) / 2 : most;
}
</%def>
<%def name="float_of_half(plain)">${plain("float_of_half").replace("inline", "VECTORS")}</%def>
<%def name="vectors_of_bytes()">
/* Vectors of sums of four products of bytes: of weights, and of inputs, each more by a number: x86-64's have no sign. */
% for form in BYTES:
${case(BYTES, form)}
#define BYTE_LANES ${form.lanes}
#define BYTE_OPERANDS ${2 if form.operand == "" or form.condition == ARM else 1}
#define BYTE_MORE ${0 if signed(form) else 128}
typedef ${form.vector} byte_vector;
% if form.operand:
typedef ${form.operand} byte_operand;
% else:
typedef struct {
    ${form.vector} even;
    ${form.vector} odd;
} byte_operand; /* bytes in 16 bits each */
% endif
% endfor
#endif
static VECTORS int32_t byte_word(const void *from)
{
    int32_t four;
    memcpy(&four, from, sizeof four);
    return four;
}
% for form in BYTES:
<% p = PREFIX.get(form.lanes) %>\
${case(BYTES, form)}
${functions(moves("byte", "int32_t", form))}\
static VECTORS byte_operand byte_weights(const int8_t *from)
{
% if form.operand:
    return ${form.weights};
% else:
    const ${form.vector} both = ${form.weights};
    return (byte_operand){ ${p}_srai_epi16(${p}_slli_epi16(both, 8), 8), ${p}_srai_epi16(both, 8) };
% endif
}
static VECTORS byte_operand byte_unsigned(${form.vector} both)
{
% if form.operand:
    return ${"vreinterpretq_s8_s32(both)" if ARM in form.condition else "both"};
% else:
    return (byte_operand){ ${p}_and_si${32 * form.lanes}(both, ${p}_set1_epi16(255)), ${p}_srli_epi16(both, 8) };
% endif
}
static VECTORS byte_operand byte_spread(int32_t four)
{
    return byte_unsigned(${form.inputs});
}
/* Inputs of as many rows, four each. */
static VECTORS byte_operand byte_taken(const uint8_t *x)
{
    const void *from = x;
    return byte_unsigned(${form.load});
}
static VECTORS byte_vector byte_products(byte_vector sum, byte_operand w, byte_operand x)
{
% if form.operand:
    return ${form.products};
% else:
    const ${form.vector} even = ${p}_madd_epi16(w.even, x.even);
    return ${p}_add_epi32(sum, ${p}_add_epi32(even, ${p}_madd_epi16(w.odd, x.odd)));
% endif
}
% if signed(form):
static VECTORS byte_vector byte_signed(byte_vector sum, const int8_t *more)
{
    (void)more;
    return sum;
}
% else:
/* Sums less what they are more by, since inputs were. */
static VECTORS byte_vector byte_signed(byte_vector sum, const int8_t *more)
{
    return ${p}_sub_epi32(sum, ${p}_loadu_si${32 * form.lanes}((const ${form.vector} *)(const void *)more));
}
% endif
% endfor
#endif
static VECTORS byte_operand byte_inputs(const uint8_t *from)
{
    return byte_spread(byte_word(from));
}
/* Inputs that have a sign. */
static VECTORS byte_operand byte_more(const int8_t *from)
{
    return byte_spread((int32_t)((uint32_t)byte_word(from) ^ BYTE_MORE * 0x01010101u));
}
</%def>
<%def name="vectors_of_floats()">
/* Vectors of sums of floats. */
% for form in FLOATS:
${case(FLOATS, form)}
#define FLOAT_LANES ${form.lanes}
#define FLOAT_OPERANDS 1
typedef ${form.vector} float_vector;
typedef ${form.operand} float_operand;
<%
    heads = [
        ("float_vector float_zero(void)", f"return {form.zero}"),
        ("float_vector float_add(float_vector a, float_vector b)", f"return {form.add}"),
        *moves("float", "float", form),
        ("float_operand float_weights(const float *from)", f"return {form.weights}"),
        ("float_operand float_inputs(const float *from)", f"return {form.inputs}"),
        ("float_vector float_products(float_vector sum, float_operand w, float_operand x)", f"return {form.products}"),
    ]
%>\
${functions(heads)}\
% endfor
#endif
</%def>
<%def name="functions(heads)">\
% for head, statement in heads:
static VECTORS ${head}
{
    ${statement};
}
% endfor
</%def>
<%def name="lay_bytes()">${lay("bytes", "uint8_t", "int8_t")}</%def>
<%def name="lay_floats()">${lay("floats", "float", "float")}</%def>
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
    ${over("int32_t k", "behind", "to[k] = (uint8_t)(row[first + k] + more);", start="before")}
    memset(to + behind, zero + more, (size_t)(n - behind));
% else:
    ${over("int32_t k", "before", "to[k] = 0.0f;")}
    ${over("int32_t k", "behind", "to[k] = row[first + k];", start="before")}
    ${over("int32_t k", "n", "to[k] = 0.0f;", start="behind")}
% endif
}
</%def>
