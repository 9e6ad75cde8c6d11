<%doc>Primitives that read tables in 32-bit words.</%doc>\
<%namespace name="slabs" file="/slabs.mako"/>\
<%!
    import numpy as np

    from gatesmith.numerics.fixed import TANH_TABLE

    WORDS = TANH_TABLE.astype(np.int32)
    WORDS = WORDS + 65536 * np.append(np.diff(WORDS), 0)
%>\
<%def name="tanh_words(counted)">
<% counted("tanh_words", len(WORDS), "int32") %>\
/* A word has a point of tanh in its lower half, how far it is to the next in its upper. */
static const int32_t tanh_words[${len(WORDS)}] = {
${table(WORDS)}
};
</%def>
<%def name="gate_tanh()">
/* y 2^-15 = tanh(x 2^-12), x from -32768 to 32767, y from -32767 to 32767: points 1/64 apart, error below 4.7e-5. */
static inline int32_t gate_tanh(int32_t x)
{
    const int32_t size = x < 0 ? -x : x;
    const int32_t both = tanh_words[size >> 6];
    const int32_t y = (both & 65535) + (((both >> 16) * (size & 63) + 32) >> 6);
    return x < 0 ? -y : y;
}
</%def>
<%def name="widen_bytes()">
/* n bytes in 32 bits, zeros up to the next four of them; their sum. */
static int32_t widen_bytes(int32_t *to, const int8_t *x, int n)
{
    int32_t total = 0;
    int k = 0;
#if defined(__XTENSA__) && defined(__GNUC__)
    if (((uintptr_t)x & 3u) == 0) {
        for (; k + 4 <= n; k += 4) {
            uint32_t four;
            memcpy(&four, __builtin_assume_aligned(x + k, 4), sizeof four);
            to[k] = (int32_t)(four << 24) >> 24;
            to[k + 1] = (int32_t)(four << 16) >> 24;
            to[k + 2] = (int32_t)(four << 8) >> 24;
            to[k + 3] = (int32_t)four >> 24;
            total += to[k] + to[k + 1] + to[k + 2] + to[k + 3];
        }
    }
#endif
${slabs.widened_rest()}\
</%def>
