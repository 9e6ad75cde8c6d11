/* Single-precision addition, multiplication and conversion from integers in software, for a core without an FPU whose
 * libgcc leaves them to the chip's ROM. IEEE 754, rounded to nearest even, with subnormals, infinities and NaNs.
 *
 * Functions take and give a float's bits: the calling convention passes both alike. */
#include "softfloat.h"

uint32_t SOFT(addsf3)(uint32_t a, uint32_t b);
uint32_t SOFT(subsf3)(uint32_t a, uint32_t b);
uint32_t SOFT(mulsf3)(uint32_t a, uint32_t b);
uint32_t SOFT(floatsisf)(int32_t n);
uint32_t SOFT(floatunsisf)(uint32_t n);
uint32_t SOFT(fixunssfsi)(uint32_t a);

/* The larger of the two comes first: its exponent is the result's but for a carry or a loss of digits. */
static uint32_t sum(uint32_t a, uint32_t b)
{
    const uint32_t sign = a & SIGN;
    const uint32_t differ = (a ^ b) & SIGN;
    int32_t exponent = exponent_of(a);
    int32_t lower = exponent_of(b);
    uint32_t m = (a & FRACTION) << GUARD;
    uint32_t n = (b & FRACTION) << GUARD;

    if (exponent == EXPONENT_TOP) {
        if (m != 0u)
            return a | QUIET;
        return lower == EXPONENT_TOP && differ != 0u ? QUIET_NAN : a;
    }
    if (exponent == 0)
        exponent = 1;
    else
        m |= ONE;
    if (lower == 0)
        lower = 1;
    else
        n |= ONE;
    n = shifted(n, exponent - lower);
    if (differ == 0u) {
        m += n;
        if (m >> 31 != 0u) {
            m = shifted(m, 1);
            exponent++;
        }
    } else {
        m -= n;
        if (m == 0u)
            return 0u;
        if (m < ONE) {
            const int32_t zeros = __builtin_clz(m) - 1;
            const int32_t shift = zeros < exponent ? zeros : exponent - 1; /* not below a subnormal's exponent */

            m <<= shift;
            exponent -= shift;
        }
    }
    return packed(sign, exponent, m);
}

uint32_t SOFT(addsf3)(uint32_t a, uint32_t b)
{
    return (a & ~SIGN) < (b & ~SIGN) ? sum(b, a) : sum(a, b);
}

uint32_t SOFT(subsf3)(uint32_t a, uint32_t b)
{
    return SOFT(addsf3)(a, b ^ SIGN);
}

uint32_t SOFT(mulsf3)(uint32_t a, uint32_t b)
{
    const uint32_t sign = (a ^ b) & SIGN;
    int32_t e = exponent_of(a);
    int32_t f = exponent_of(b);
    uint32_t m, n, high, middle, low;

    if (e == EXPONENT_TOP || f == EXPONENT_TOP) {
        if (is_nan(a))
            return a | QUIET;
        if (is_nan(b))
            return b | QUIET;
        return (a & ~SIGN) == 0u || (b & ~SIGN) == 0u ? QUIET_NAN : sign | INFINITE;
    }
    if ((a & ~SIGN) == 0u || (b & ~SIGN) == 0u)
        return sign;
    m = normal(a, &e);
    n = normal(b, &f);
    /* 24 by 24 bits in halves of 12: the product is high * 2^24 + low. */
    middle = (m >> 12) * (n & 0xFFFu) + (m & 0xFFFu) * (n >> 12);
    low = (m & 0xFFFu) * (n & 0xFFFu) + ((middle & 0xFFFu) << 12);
    high = (m >> 12) * (n >> 12) + (middle >> 12) + (low >> 24);
    low &= 0xFFFFFFu;
    m = (high << 7) | (low >> 17) | ((low & 0x1FFFFu) != 0u ? 1u : 0u);
    e += f - BIAS;
    if (m < ONE)
        m <<= 1;
    else
        e++;
    return packed(sign, e, m);
}

static uint32_t from_magnitude(uint32_t sign, uint32_t n)
{
    int32_t exponent = BIAS + 30;

    if (n == 0u)
        return 0u;
    if (n >> 31 != 0u) {
        n = shifted(n, 1);
        exponent++;
    } else {
        const int32_t zeros = __builtin_clz(n) - 1;

        n <<= zeros;
        exponent -= zeros;
    }
    return packed(sign, exponent, n);
}

uint32_t SOFT(floatsisf)(int32_t n)
{
    return n < 0 ? from_magnitude(SIGN, 0u - (uint32_t)n) : from_magnitude(0u, (uint32_t)n);
}

uint32_t SOFT(floatunsisf)(uint32_t n)
{
    return from_magnitude(0u, n);
}

/* Toward zero; what does not fit becomes the largest number, negatives zero. */
uint32_t SOFT(fixunssfsi)(uint32_t a)
{
    const int32_t exponent = exponent_of(a) - BIAS;
    const uint32_t m = (a & FRACTION) | HIDDEN;

    if (exponent < 0 || (a & SIGN) != 0u)
        return 0u;
    if (exponent > 31)
        return ~0u;
    return exponent > 23 ? m << (exponent - 23) : m >> (23 - exponent);
}
