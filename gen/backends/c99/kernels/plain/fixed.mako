<%doc>Primitives of the integer types. Each def is one C function, or a table and the function that reads it; the
meaning of each is in gatesmith.numerics.fixed.</%doc>\
<%def name="round_shift(space)">
/* x / 2^n to the nearest integer, halves up. */
static inline int32_t round_shift(int32_t x, int n) { return (x + ((int32_t)1 << n >> 1)) >> n; }
</%def>
<%def name="clamp(space)">
static inline int32_t clamp(int32_t x, int32_t low, int32_t high)
{
    const int32_t most = x < high ? x : high;
    return most > low ? most : low;
}
</%def>
<%def name="saturate8(space)">
static inline int32_t saturate8(int32_t x)
{
    const int32_t most = x < 127 ? x : 127;
    return most > -128 ? most : -128;
}
</%def>
<%def name="saturate16(space)">
static inline int32_t saturate16(int32_t x)
{
    const int32_t most = x < 32767 ? x : 32767;
    return most > -32768 ? most : -32768;
}
</%def>
<%def name="rescale(space)">
/* x to another scale, m / 2^(pre + post) of its own; the product takes 31 bits. */
static inline int32_t rescale(int32_t x, int pre, int32_t m, int post)
{
    return round_shift(saturate16(round_shift(x, pre)) * m, post);
}
</%def>
<%def name="saturate16_long(space)">
static inline int32_t saturate16_long(int64_t x)
{
    const int64_t most = x < 32767 ? x : 32767;
    return (int32_t)(most > -32768 ? most : -32768);
}
</%def>
<%def name="rescale_long(space)">
/* The same from a 64-bit sum. */
static inline int32_t rescale_long(int64_t x, int pre, int32_t m, int post)
{
    return round_shift(saturate16_long((x + ((int64_t)1 << pre >> 1)) >> pre) * m, post);
}
</%def>
<%def name="gate_tanh(space)">${bent("gate_tanh", "tanh_table", 6, "4.7e-5")}</%def>
<%def name="gate_sigmoid(space)">${opened("gate_sigmoid", "gate_tanh", "4e-5")}</%def>
<%def name="gate_short_tanh(space)">${bent("gate_short_tanh", "short_tanh_table", 8, "2.2e-4")}</%def>
<%def name="gate_short_sigmoid(space)">${opened("gate_short_sigmoid", "gate_short_tanh", "1.3e-4")}</%def>
<%def name="bent(name, table, places, error)">
/* y 2^-15 = tanh(x 2^-12), x from -32768 to 32767, y from -32767 to 32767: points 1/${4096 >> places} apart, error below ${error}. */
static inline int32_t ${name}(int32_t x)
{
    const int32_t size = x < 0 ? -x : x;
    const int32_t i = size >> ${places};
    const int32_t y = ${table}[i] + round_shift((${table}[i + 1] - (int32_t)${table}[i]) * (size & ${(1 << places) - 1}), ${places});
    return x < 0 ? -y : y;
}
</%def>
<%def name="opened(name, tanh, error)">
/* 1 / (1 + e^-x) of x 2^-11 in units of 2^-15, x from -32768 to 32767, as (1 + tanh(x / 2)) / 2; error below ${error}. */
static inline int32_t ${name}(int32_t x) { return (${tanh}(x) + 32768) >> 1; }
</%def>
<%def name="look_up(space)">
/* A function y from its values at x = -32768, -32640, ... 32768, linear between them; x and y from -32768 to 32767. */
static inline int32_t look_up(const ${space}int16_t *table, int32_t x)
{
    const int32_t u = x + 32768;
    const int32_t i = u >> 7;
    return table[i] + round_shift((table[i + 1] - (int32_t)table[i]) * (u & 127), 7);
}
</%def>
<%def name="exp_negative(space)">
/* y / 32767 = e^-x of x 2^-11 from 0 on, y from 0 to 32767: linear between points 1/32 apart, error below 1.4e-4. */
static inline int32_t exp_negative(int32_t x)
{
    const int32_t i = (x >> 6) & 511;
    return exp_table[i] + round_shift((exp_table[i + 1] - (int32_t)exp_table[i]) * (x & 63), 6);
}
</%def>
<%def name="exp_octaves(space)">
/* y / 32767 = e^-x of x 2^-11 from 0 on, y from 0 to 32767, as 2^-(x log2 e): within an octave linear between points
 * 1/32 apart, error below 1e-4. */
static inline int32_t exp_octaves(int32_t x)
{
    const int32_t power = ((x & 32767) * 23637) >> 10; /* log2 e in units of 2^-14 */
    const int32_t i = (power >> 10) & 31;
    const int32_t slope = octave_table[i + 1] - (int32_t)octave_table[i];
    return round_shift(octave_table[i] + round_shift(slope * (power & 1023), 10), (int)(power >> 15));
}
</%def>
<%def name="softmax_share(space)">
/* e / total in units of 2^-15, total from 1 to 4294967295. */
static inline int32_t softmax_share(int32_t e, uint32_t total)
{
    const uint32_t share = ((uint32_t)e * 32768u + (total >> 1)) / total;
    return share < 32767u ? (int32_t)share : 32767;
}
</%def>
<%def name="log_total(space)">
/* ln(total 2^-15) in units of 2^-15, 0 below: linear between 129 points of each octave, error below 8e-5. */
static inline int32_t log_total(uint32_t total)
{
    int32_t octaves = 0;
    while (total > 65535u) {
        total >>= 1;
        octaves++;
    }
    const int32_t part = total > 32768u ? (int32_t)(total - 32768u) : 0;
    const int32_t i = part >> 8;
    const int32_t y = log_table[i] + round_shift((log_table[i + 1] - (int32_t)log_table[i]) * (part & 255), 8);
    return octaves * 22713 + y;
}
</%def>
<%def name="square_root(space)">
/* The largest integer whose square is at most x, below 2^62. */
static inline uint32_t square_root(uint64_t x)
{
    uint64_t root = 0;
    for (uint64_t bit = UINT64_C(1) << 60; bit > 0; bit >>= 2) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
    }
    return (uint32_t)root;
}
</%def>
<%def name="upper_root(space)">
/* The upper 16 bits of the square root of x below 2^62, at least 1; places: how far they are above the lowest. */
static inline uint32_t upper_root(uint64_t x, int *places)
{
    int up = 0;
    for (; x >> 40 > 0; up += 4) {
        x >>= 8;
    }
    for (; x >> 32 > 0; up++) {
        x >>= 2;
    }
    uint32_t part = (uint32_t)x;
    uint32_t root = 0;
    for (uint32_t bit = UINT32_C(1) << 30; bit > 0; bit >>= 2) {
        const uint32_t next = root + bit;
        root >>= 1;
        if (part >= next) {
            part -= next;
            root += bit;
        }
    }
    root = root > 0 ? root : 1;
    for (; root < 32768; up--) {
        root <<= 1;
    }
    *places = up;
    return root;
}
</%def>
<%def name="cosine(space)">
/* sum / sqrt(one two) in units of 2^-15: each square is brought to 61 or 62 bits before its root is taken. */
static int32_t cosine(int64_t sum, uint64_t one, uint64_t two)
{
    uint64_t size = (uint64_t)(sum < 0 ? -sum : sum);
    while (one < UINT64_C(1) << 60) {
        one <<= 2;
        size <<= 1;
    }
    while (two < UINT64_C(1) << 60) {
        two <<= 2;
        size <<= 1;
    }
    const uint64_t length = (uint64_t)square_root(one) * square_root(two) >> 30;
    const uint64_t share = ((size >> 15) + (length >> 1)) / length;
    const int32_t y = share < 32767 ? (int32_t)share : 32767;
    return sum < 0 ? -y : y;
}
</%def>
<%def name="turned(space)">
/* a cos + b sin, of a cosine and a sine in units of 2^-14. */
static inline int64_t turned(int32_t a, int32_t cos, int32_t b, int32_t sin)
{
    return ((int64_t)a * cos + (int64_t)b * sin + 8192) >> 14;
}
</%def>
<%def name="long_shift(space)">
/* x / 2^n to the nearest integer, halves up, and from 0 to 2^30. */
static inline int32_t long_shift(int64_t x, int n)
{
    const int64_t y = (x + ((int64_t)1 << n >> 1)) >> n;
    return y < 0 ? 0 : y < INT32_C(1073741824) ? (int32_t)y : INT32_C(1073741824);
}
</%def>
<%def name="squares(space)">
/* The square of a number, of at most 1.5e9: transforms have none beyond 1.1e9, which no proof of their C knows. */
static inline int64_t held_square(int64_t a)
{
    const int32_t x = a < -1500000000 ? -1500000000 : a < 1500000000 ? (int32_t)a : 1500000000;
    return (int64_t)x * x;
}

static inline int32_t squares(int64_t a, int64_t b, int n) { return long_shift(held_square(a) + held_square(b), n); }
</%def>
<%def name="table(name, values, space)">
static const ${space}int16_t ${name}[${len(values)}] = {
${text(values)}
};
</%def>
