/* Integer arithmetic that libgcc has for other cores: division of 32 bits where the core has none, and 64 bits by
 * halves. Nothing here may shift, multiply or divide 64 bits by an operator, which would call these functions. */
#include <stdint.h>

#ifndef SOFT
#define SOFT(name) __##name
#endif

typedef union {
    uint64_t whole;
    struct {
        uint32_t low, high; /* both of these cores are little-endian */
    } half;
} pair_t;

static uint64_t joined(uint32_t high, uint32_t low)
{
    pair_t pair;

    pair.half.low = low;
    pair.half.high = high;
    return pair.whole;
}

uint32_t SOFT(udivsi3)(uint32_t a, uint32_t b);
uint32_t SOFT(umodsi3)(uint32_t a, uint32_t b);
int32_t SOFT(divsi3)(int32_t a, int32_t b);
int32_t SOFT(modsi3)(int32_t a, int32_t b);
uint64_t SOFT(umulsidi3)(uint32_t a, uint32_t b);
int64_t SOFT(muldi3)(int64_t a, int64_t b);
uint64_t SOFT(udivdi3)(uint64_t a, uint64_t b);
uint64_t SOFT(umoddi3)(uint64_t a, uint64_t b);
int64_t SOFT(divdi3)(int64_t a, int64_t b);
int64_t SOFT(moddi3)(int64_t a, int64_t b);
uint64_t SOFT(ashldi3)(uint64_t a, int count);
uint64_t SOFT(lshrdi3)(uint64_t a, int count);
int64_t SOFT(ashrdi3)(int64_t a, int count);

static uint32_t divided(uint32_t a, uint32_t b, uint32_t *rest)
{
#ifdef GS_DIV32
    *rest = a % b;
    return a / b;
#else
    uint32_t quotient = 0u;

    if (b != 0u && a >= b) {
        int shift = __builtin_clz(b) - __builtin_clz(a);

        b <<= shift;
        for (; shift >= 0; shift--) {
            quotient <<= 1;
            if (a >= b) {
                a -= b;
                quotient |= 1u;
            }
            b >>= 1;
        }
    }
    *rest = a;
    return quotient;
#endif
}

uint32_t SOFT(udivsi3)(uint32_t a, uint32_t b)
{
    uint32_t rest;

    return divided(a, b, &rest);
}

uint32_t SOFT(umodsi3)(uint32_t a, uint32_t b)
{
    uint32_t rest;

    (void)divided(a, b, &rest);
    return rest;
}

static uint32_t magnitude(int32_t a)
{
    return a < 0 ? 0u - (uint32_t)a : (uint32_t)a;
}

int32_t SOFT(divsi3)(int32_t a, int32_t b)
{
    uint32_t rest;
    const uint32_t quotient = divided(magnitude(a), magnitude(b), &rest);

    return (int32_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

int32_t SOFT(modsi3)(int32_t a, int32_t b)
{
    uint32_t rest;

    (void)divided(magnitude(a), magnitude(b), &rest);
    return (int32_t)(a < 0 ? 0u - rest : rest);
}

uint64_t SOFT(umulsidi3)(uint32_t a, uint32_t b)
{
    const uint32_t low = (a & 0xFFFFu) * (b & 0xFFFFu);
    const uint32_t left = (a >> 16) * (b & 0xFFFFu) + (low >> 16); /* at most 2^32 - 2^16 */
    const uint32_t right = (a & 0xFFFFu) * (b >> 16) + (left & 0xFFFFu);

    return joined((a >> 16) * (b >> 16) + (left >> 16) + (right >> 16), (right << 16) | (low & 0xFFFFu));
}

int64_t SOFT(muldi3)(int64_t a, int64_t b)
{
    pair_t x, y, product;

    x.whole = (uint64_t)a;
    y.whole = (uint64_t)b;
    product.whole = SOFT(umulsidi3)(x.half.low, y.half.low);
    product.half.high += x.half.low * y.half.high + x.half.high * y.half.low;
    return (int64_t)product.whole;
}

uint64_t SOFT(ashldi3)(uint64_t a, int count)
{
    pair_t x;

    x.whole = a;
    if (count == 0)
        return a;
    if (count >= 32)
        return joined(x.half.low << (count - 32), 0u);
    return joined((x.half.high << count) | (x.half.low >> (32 - count)), x.half.low << count);
}

uint64_t SOFT(lshrdi3)(uint64_t a, int count)
{
    pair_t x;

    x.whole = a;
    if (count == 0)
        return a;
    if (count >= 32)
        return joined(0u, x.half.high >> (count - 32));
    return joined(x.half.high >> count, (x.half.low >> count) | (x.half.high << (32 - count)));
}

int64_t SOFT(ashrdi3)(int64_t a, int count)
{
    pair_t x;
    uint32_t sign;

    x.whole = (uint64_t)a;
    sign = a < 0 ? ~0u : 0u;
    if (count == 0)
        return a;
    if (count >= 32) {
        const int more = count - 32;

        return (int64_t)joined(sign, more == 0 ? x.half.high : (x.half.high >> more) | (sign << (32 - more)));
    }
    return (int64_t)joined(
        (x.half.high >> count) | (sign << (32 - count)), (x.half.low >> count) | (x.half.high << (32 - count))
    );
}

static int zeros(uint64_t a)
{
    pair_t x;

    x.whole = a;
    return x.half.high != 0u ? __builtin_clz(x.half.high) : 32 + __builtin_clz(x.half.low);
}

static uint64_t divided_long(uint64_t a, uint64_t b, uint64_t *rest)
{
    pair_t x, y;
    uint64_t quotient = 0u;
    int shift;

    x.whole = a;
    y.whole = b;
    if (x.half.high == 0u && y.half.high == 0u) {
        uint32_t left;
        const uint32_t small = divided(x.half.low, y.half.low, &left);

        *rest = left;
        return small;
    }
    if (b != 0u && a >= b) {
        shift = zeros(b) - zeros(a);
        b = SOFT(ashldi3)(b, shift);
        for (; shift >= 0; shift--) {
            quotient += quotient;
            if (a >= b) {
                a -= b;
                quotient++;
            }
            b = SOFT(lshrdi3)(b, 1);
        }
    }
    *rest = a;
    return quotient;
}

uint64_t SOFT(udivdi3)(uint64_t a, uint64_t b)
{
    uint64_t rest;

    return divided_long(a, b, &rest);
}

uint64_t SOFT(umoddi3)(uint64_t a, uint64_t b)
{
    uint64_t rest;

    (void)divided_long(a, b, &rest);
    return rest;
}

static uint64_t magnitude_long(int64_t a)
{
    return a < 0 ? 0u - (uint64_t)a : (uint64_t)a;
}

int64_t SOFT(divdi3)(int64_t a, int64_t b)
{
    uint64_t rest;
    const uint64_t quotient = divided_long(magnitude_long(a), magnitude_long(b), &rest);

    return (int64_t)((a ^ b) < 0 ? 0u - quotient : quotient);
}

int64_t SOFT(moddi3)(int64_t a, int64_t b)
{
    uint64_t rest;

    (void)divided_long(magnitude_long(a), magnitude_long(b), &rest);
    return (int64_t)(a < 0 ? 0u - rest : rest);
}
