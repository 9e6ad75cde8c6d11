/* The software arithmetic of firmware/ports/xtensa beside this machine's: every pair of a grid of awkward numbers, then
 * random pairs, exponents close together as well as far apart. Prints and counts what differs. */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t soft_addsf3(uint32_t, uint32_t), soft_subsf3(uint32_t, uint32_t), soft_mulsf3(uint32_t, uint32_t);
uint32_t soft_divsf3(uint32_t, uint32_t), soft_floatsisf(int32_t), soft_floatunsisf(uint32_t), soft_fixunssfsi(uint32_t);
float soft_sqrtf(float);
int32_t soft_eqsf2(uint32_t, uint32_t), soft_nesf2(uint32_t, uint32_t), soft_unordsf2(uint32_t, uint32_t);
int32_t soft_ltsf2(uint32_t, uint32_t), soft_lesf2(uint32_t, uint32_t), soft_gtsf2(uint32_t, uint32_t);
int32_t soft_gesf2(uint32_t, uint32_t), soft_fixsfsi(uint32_t);
uint32_t soft_udivsi3(uint32_t, uint32_t), soft_umodsi3(uint32_t, uint32_t);
int32_t soft_divsi3(int32_t, int32_t), soft_modsi3(int32_t, int32_t);
uint64_t soft_umulsidi3(uint32_t, uint32_t), soft_udivdi3(uint64_t, uint64_t), soft_umoddi3(uint64_t, uint64_t);
int64_t soft_muldi3(int64_t, int64_t), soft_divdi3(int64_t, int64_t), soft_moddi3(int64_t, int64_t);
uint64_t soft_ashldi3(uint64_t, int), soft_lshrdi3(uint64_t, int);
int64_t soft_ashrdi3(int64_t, int);

static uint64_t state = 0x9E3779B97F4A7C15u;
static long bad, done;

static uint64_t next(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static float value_of(uint32_t bits)
{
    float value;

    memcpy(&value, &bits, sizeof value);
    return value;
}

static void same(const char *what, uint64_t a, uint64_t b, uint64_t got, uint64_t wanted)
{
    done++;
    if (got != wanted && bad++ < 20)
        printf("%s %" PRIx64 " %" PRIx64 ": %" PRIx64 ", not %" PRIx64 "\n", what, a, b, got, wanted);
}

/* Any NaN is as good as another. */
static void same_float(const char *what, uint32_t a, uint32_t b, uint32_t got, float wanted)
{
    uint32_t bits;

    memcpy(&bits, &wanted, sizeof bits);
    if (isnan(wanted) && isnan(value_of(got)))
        got = bits;
    same(what, a, b, got, bits);
}

static void floats(uint32_t a, uint32_t b)
{
    const float x = value_of(a), y = value_of(b);

    same_float("add", a, b, soft_addsf3(a, b), x + y);
    same_float("sub", a, b, soft_subsf3(a, b), x - y);
    same_float("mul", a, b, soft_mulsf3(a, b), x * y);
    same_float("div", a, b, soft_divsf3(a, b), x / y);
    same("equal", a, b, soft_eqsf2(a, b) == 0, x == y);
    same("unequal", a, b, soft_nesf2(a, b) != 0, x != y);
    same("below", a, b, soft_ltsf2(a, b) < 0, x < y);
    same("at most", a, b, soft_lesf2(a, b) <= 0, x <= y);
    same("above", a, b, soft_gtsf2(a, b) > 0, x > y);
    same("at least", a, b, soft_gesf2(a, b) >= 0, x >= y);
    same("unordered", a, b, soft_unordsf2(a, b) != 0, isnan(x) || isnan(y));
}

static void one_float(uint32_t a)
{
    const float x = value_of(a), root = soft_sqrtf(x);
    uint32_t bits;

    memcpy(&bits, &root, sizeof bits);
    same_float("sqrt", a, 0, bits, sqrtf(x));
    same_float("from int", a, 0, soft_floatsisf((int32_t)a), (float)(int32_t)a);
    same_float("from unsigned", a, 0, soft_floatunsisf(a), (float)a);
    if (x >= -2147483648.0f && x < 2147483648.0f)
        same("to int", a, 0, (uint32_t)soft_fixsfsi(a), (uint32_t)(int32_t)x);
    if (x >= 0.0f && x < 4294967296.0f)
        same("to unsigned", a, 0, soft_fixunssfsi(a), (uint32_t)x);
}

static void integers(uint64_t a, uint64_t b)
{
    const uint32_t c = (uint32_t)a, d = (uint32_t)b;
    const int count = (int)(b & 63u);

    same("umul", c, d, soft_umulsidi3(c, d), (uint64_t)c * d);
    same("mul", a, b, (uint64_t)soft_muldi3((int64_t)a, (int64_t)b), a * b);
    same("left", a, b, soft_ashldi3(a, count), a << count);
    same("right", a, b, soft_lshrdi3(a, count), a >> count);
    same("signed right", a, b, (uint64_t)soft_ashrdi3((int64_t)a, count), (uint64_t)((int64_t)a >> count));
    if (d != 0u) {
        same("udiv", c, d, soft_udivsi3(c, d), c / d);
        same("umod", c, d, soft_umodsi3(c, d), c % d);
    }
    if (d != 0u && !(c == 0x80000000u && d == 0xFFFFFFFFu)) {
        same("div", c, d, (uint32_t)soft_divsi3((int32_t)c, (int32_t)d), (uint32_t)((int32_t)c / (int32_t)d));
        same("mod", c, d, (uint32_t)soft_modsi3((int32_t)c, (int32_t)d), (uint32_t)((int32_t)c % (int32_t)d));
    }
    if (b != 0u) {
        same("udiv 64", a, b, soft_udivdi3(a, b), a / b);
        same("umod 64", a, b, soft_umoddi3(a, b), a % b);
    }
    if (b != 0u && !(a == 0x8000000000000000u && b == ~(uint64_t)0)) {
        same("div 64", a, b, (uint64_t)soft_divdi3((int64_t)a, (int64_t)b), (uint64_t)((int64_t)a / (int64_t)b));
        same("mod 64", a, b, (uint64_t)soft_moddi3((int64_t)a, (int64_t)b), (uint64_t)((int64_t)a % (int64_t)b));
    }
}

int main(int count, char **arguments)
{
    static const uint32_t fractions[] = { 0u, 1u, 2u, 0x3FFFFFu, 0x400000u, 0x400001u, 0x7FFFFEu, 0x7FFFFFu };
    static const uint32_t exponents[] = {
        0u, 1u, 2u, 22u, 23u, 24u, 25u, 63u, 64u, 101u, 102u, 103u, 104u, 120u, 125u, 126u, 127u, 128u, 129u, 149u, 150u,
        151u, 152u, 157u, 158u, 159u, 189u, 190u, 191u, 192u, 230u, 231u, 252u, 253u, 254u, 255u,
    };
    static uint32_t grid[2 * 36 * 8];
    static uint64_t whole[2 * 64 + 4];
    const long random = count > 1 ? atol(arguments[1]) : 0;
    size_t n = 0, m = 0, i, j;
    long turn;

    for (i = 0; i < 2u * 36u * 8u; i++)
        grid[n++] = (uint32_t)(i / 288u) << 31 | exponents[i / 8u % 36u] << 23 | fractions[i % 8u];
    for (i = 0; i < 64u; i++) {
        whole[m++] = (uint64_t)1 << i;
        whole[m++] = ((uint64_t)1 << i) - 1u;
    }
    for (i = 0; i < 4u; i++)
        whole[m++] = ~(uint64_t)i;
    for (i = 0; i < n; i++) {
        one_float(grid[i]);
        for (j = 0; j < n; j++)
            floats(grid[i], grid[j]);
    }
    for (i = 0; i < m; i++)
        for (j = 0; j < m; j++)
            integers(whole[i], whole[j]);
    for (turn = 0; turn < random; turn++) {
        uint32_t a = (uint32_t)next(), b = (uint32_t)(next() >> 11);

        one_float(a);
        floats(a, b);
        /* Exponents at most 26 apart, where digits meet. */
        b = (b & 0x807FFFFFu) | ((((a >> 23 & 255u) + next() % 53u + 229u) & 255u) << 23);
        floats(a, b);
        integers(next() >> (turn & 63), next() >> (turn >> 6 & 63));
    }
    printf("%ld of %ld differ\n", bad, done);
    return bad != 0;
}
