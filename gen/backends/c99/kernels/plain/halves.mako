<%doc>IEEE halves as floats.</%doc>\
<%def name="float_of_half()">
/* The float of an IEEE half, given as its bits, that is no infinity and no NaN: exact. */
static inline float float_of_half(uint16_t half)
{
    const uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    const uint32_t size = (uint32_t)(half & 0x7fffu) << 13; /* exponent and fraction, where a float has them */
    if (size < 0x00800000u) { /* a subnormal: its fraction behind 2^-14, and that taken off */
        const float small = act_float(size + 0x38800000u) - 6.103515625e-05f;
        return act_float(act_bits(small) | sign);
    }
    return act_float((size + 0x38000000u) | sign); /* exponents are biased by 127, not by 15 */
}
</%def>
