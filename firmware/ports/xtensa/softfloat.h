/* What software arithmetic on a float's bits shares: its fields, and rounding.
 *
 * A significand here has its leading one in bit 30: 24 bits that stay, then GUARD bits, the last of which stands for
 * everything below it. */
#ifndef GS_SOFTFLOAT_H
#define GS_SOFTFLOAT_H

#include <stdint.h>

/* Tests on another machine give the functions names of their own. */
#ifndef SOFT
#define SOFT(name) __##name
#endif

#define SIGN 0x80000000u
#define INFINITE 0x7F800000u
#define QUIET 0x00400000u
#define QUIET_NAN (INFINITE | QUIET)
#define FRACTION 0x007FFFFFu
#define HIDDEN 0x00800000u
#define EXPONENT_TOP 255
#define BIAS 127
#define GUARD 7
#define ONE 0x40000000u

static inline int32_t exponent_of(uint32_t a)
{
    return (int32_t)((a >> 23) & 0xFFu);
}

static inline int is_nan(uint32_t a)
{
    return (a & ~SIGN) > INFINITE;
}

/* To the right by count >= 0; what is lost is remembered in the last bit. */
static inline uint32_t shifted(uint32_t m, int32_t count)
{
    if (count == 0)
        return m;
    if (count > 31)
        return m != 0u ? 1u : 0u;
    return (m >> count) | ((m << (32 - count)) != 0u ? 1u : 0u);
}

/* The 24-bit significand of a finite number that is not zero; a subnormal's exponent sinks below 1. */
static inline uint32_t normal(uint32_t a, int32_t *exponent)
{
    const uint32_t m = a & FRACTION;
    int32_t shift;

    if (*exponent != 0)
        return m | HIDDEN;
    shift = __builtin_clz(m) - 8;
    *exponent = 1 - shift;
    return m << shift;
}

/* Rounded to nearest even. m has its leading one in bit 30, or exponent is 1 and the number is subnormal. */
static inline uint32_t packed(uint32_t sign, int32_t exponent, uint32_t m)
{
    if (exponent >= EXPONENT_TOP)
        return sign | INFINITE;
    if (exponent <= 0) {
        m = shifted(m, 1 - exponent);
        exponent = 1;
    }
    m += 0x3Fu + ((m >> GUARD) & 1u);
    /* The hidden bit counts the exponent up by one, and so does a carry out of the fraction, up to infinity. */
    return sign | (((uint32_t)(exponent - 1) << 23) + (m >> GUARD));
}

#endif
