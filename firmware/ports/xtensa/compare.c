/* Comparisons of floats and their conversion to integers in software, for a core without an FPU and without libgcc: what
 * compilers call where they find no instruction. */
#include "softfloat.h"

int32_t SOFT(eqsf2)(uint32_t a, uint32_t b);
int32_t SOFT(nesf2)(uint32_t a, uint32_t b);
int32_t SOFT(ltsf2)(uint32_t a, uint32_t b);
int32_t SOFT(lesf2)(uint32_t a, uint32_t b);
int32_t SOFT(gtsf2)(uint32_t a, uint32_t b);
int32_t SOFT(gesf2)(uint32_t a, uint32_t b);
int32_t SOFT(unordsf2)(uint32_t a, uint32_t b);
int32_t SOFT(fixsfsi)(uint32_t a);

/* Below, at or above 0 as a is below, at or above b; unordered where one is a NaN. */
static int32_t compared(uint32_t a, uint32_t b, int32_t unordered)
{
    int32_t x, y;

    if (is_nan(a) || is_nan(b))
        return unordered;
    /* Bits of floats order as integers do; those of negative ones the other way round. */
    x = (a & SIGN) != 0u ? -(int32_t)(a & ~SIGN) : (int32_t)a;
    y = (b & SIGN) != 0u ? -(int32_t)(b & ~SIGN) : (int32_t)b;
    return (x > y) - (x < y);
}

int32_t SOFT(eqsf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, 1);
}

int32_t SOFT(nesf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, 1);
}

int32_t SOFT(ltsf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, 1);
}

int32_t SOFT(lesf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, 1);
}

int32_t SOFT(gtsf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, -1);
}

int32_t SOFT(gesf2)(uint32_t a, uint32_t b)
{
    return compared(a, b, -1);
}

int32_t SOFT(unordsf2)(uint32_t a, uint32_t b)
{
    return is_nan(a) || is_nan(b);
}

/* Towards zero; what an int32_t does not hold is its end, a NaN 0. */
int32_t SOFT(fixsfsi)(uint32_t a)
{
    const int32_t shift = exponent_of(a) - BIAS - 23;
    const uint32_t m = (a & FRACTION) | HIDDEN;
    uint32_t size;

    if (is_nan(a) || shift < -23)
        return 0;
    if (shift > 7)
        return (a & SIGN) != 0u ? INT32_MIN : INT32_MAX;
    size = shift < 0 ? m >> -shift : m << shift;
    return (a & SIGN) != 0u ? -(int32_t)size : (int32_t)size;
}
