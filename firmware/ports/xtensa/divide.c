/* Single-precision division for an FPU whose compiler calls it, and the square root: both exact to the last bit, by the
 * core's integer division and by digits. */
#include "softfloat.h"

uint32_t SOFT(divsf3)(uint32_t a, uint32_t b);

uint32_t SOFT(divsf3)(uint32_t a, uint32_t b)
{
    const uint32_t sign = (a ^ b) & SIGN;
    int32_t e = exponent_of(a);
    int32_t f = exponent_of(b);
    uint32_t m, n, quotient = 1u;
    int digit;

    if (e == EXPONENT_TOP || f == EXPONENT_TOP) {
        if (is_nan(a))
            return a | QUIET;
        if (is_nan(b))
            return b | QUIET;
        if (f != EXPONENT_TOP)
            return sign | INFINITE;
        return e == EXPONENT_TOP ? QUIET_NAN : sign;
    }
    if ((b & ~SIGN) == 0u)
        return (a & ~SIGN) == 0u ? QUIET_NAN : sign | INFINITE;
    if ((a & ~SIGN) == 0u)
        return sign;
    m = normal(a, &e);
    n = normal(b, &f);
    e += BIAS - f;
    if (m < n) {
        m <<= 1;
        e--;
    }
    m -= n; /* the leading one; then three digits of eight bits */
    for (digit = 0; digit < 3; digit++) {
        m <<= 8;
        quotient = (quotient << 8) | (m / n);
        m %= n;
    }
    return packed(sign, e, (quotient << 6) | (m != 0u ? 1u : 0u));
}

/* A bit of the root at a time; left is what the bits so far leave of the operand. */
static uint32_t root_of(uint32_t a)
{
    int32_t e = exponent_of(a);
    uint32_t m, digits, left = 0u, root = 0u;
    int bit;

    if (is_nan(a))
        return a | QUIET;
    if ((a & ~SIGN) == 0u || a == INFINITE)
        return a;
    if ((a & SIGN) != 0u)
        return QUIET_NAN;
    m = normal(a, &e);
    e -= BIAS;
    if ((e & 1) != 0) {
        m <<= 1;
        e--;
    }
    digits = m << 7; /* two bits a turn, from the top; the first two hold the leading one */
    for (bit = 0; bit < 25; bit++) {
        const uint32_t next = (root << 2) | 1u;

        left = (left << 2) | (digits >> 30);
        digits <<= 2;
        root <<= 1;
        if (left >= next) {
            left -= next;
            root |= 1u;
        }
    }
    return packed(0u, e / 2 + BIAS, (root << 6) | (left != 0u ? 1u : 0u));
}

#ifndef ROOT
#define ROOT sqrtf
#endif

float ROOT(float x);

float ROOT(float x)
{
    union {
        float value;
        uint32_t bits;
    } number = { x };

    number.bits = root_of(number.bits);
    return number.value;
}
