<%doc>Helpers that several sets have: products of 16 bits, sums that begin with biases.</%doc>\
<%def name="round_product()">
/* a b / 2^n of 16-bit a and b to the nearest integer, halves up. */
static inline int32_t round_product(int32_t a, int32_t b, int n) { return (a * b + ((int32_t)1 << n >> 1)) >> n; }
</%def>
<%def name="rescale()">
/* x to another scale, m / 2^(pre + post) of its own; the product takes 31 bits. */
static inline int32_t rescale(int32_t x, int pre, int32_t m, int post)
{
    return round_product(saturate16(round_shift(x, pre)), m, post);
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
    ${over("k", "n", "sums[k] = bias[k];")}
}
</%def>
