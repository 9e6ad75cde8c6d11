/* What models rarely need and numerics of integers do, on an emulated Xtensa core: 64-bit arithmetic, calls deeper than
 * the register windows, a hardware loop longer than its instruction reaches. Ends with the number of the first check
 * that fails, 0 if none does. volatile: computed there, not by the compiler. */
#include <stdint.h>

void gs_start(void);
void gs_trap(uint32_t cause, uint32_t address);

static void end(int32_t status)
{
    register int32_t r2 __asm__("a2") = 1;
    register int32_t r3 __asm__("a3") = status;

    __asm__ volatile("simcall" : "+r"(r2), "+r"(r3)::"memory");
}

void gs_trap(uint32_t cause, uint32_t address)
{
    (void)address;
    end(64 + (int32_t)cause);
}

static volatile int64_t big = 0x123456789ABCDEFLL, less = -987654321LL;
static volatile uint64_t top = 0xFEDCBA9876543210u;
static volatile int32_t wide = -2000000000, narrow = 77777;
static volatile uint32_t count = 40u, shift = 37u;
static volatile int32_t turns = 3;
static volatile float x = 2.5f;

static uint32_t __attribute__((noinline)) deep(uint32_t n, uint32_t a, uint32_t b)
{
    const uint32_t p = a * 3u + b, q = b * 5u + n;

    if (n == 0u)
        return a + b;
    return deep(n - 1u, p & 1023u, q & 1023u) + p + 2u * q;
}

/* The same by iteration. */
static uint32_t flat(uint32_t n, uint32_t a, uint32_t b)
{
    uint32_t sum = 0u;

    for (; n > 0u; n--) {
        const uint32_t p = a * 3u + b, q = b * 5u + n;

        sum += p + 2u * q;
        a = p & 1023u;
        b = q & 1023u;
    }
    return sum + a + b;
}

#define FOUR(line) line line line line
#define LONG(line) FOUR(FOUR(FOUR(line)))

/* A body of some 700 bytes. */
static uint32_t __attribute__((noinline)) long_loop(int32_t turns, uint32_t a, uint32_t b)
{
    int32_t i;

    for (i = 0; i < turns; i++) {
        LONG(a = a * 5u + b; b ^= a >> 3;)
    }
    return a;
}

static uint32_t __attribute__((noinline)) short_loops(int32_t turns, uint32_t a, uint32_t b)
{
    volatile int32_t i, j;

    for (i = 0; i < turns; i++)
        for (j = 0; j < 64; j++) {
            a = a * 5u + b;
            b ^= a >> 3;
        }
    return a;
}

void gs_start(void)
{
    int32_t n = 0;

#define CHECK(truth)      \
    do {                  \
        n++;              \
        if (!(truth))     \
            end(n);       \
    } while (0)
    CHECK(big * less == (int64_t)(0x123456789ABCDEFu * (uint64_t)-987654321LL));
    CHECK(big / less == 0x123456789ABCDEFLL / -987654321LL);
    CHECK(big % less == 0x123456789ABCDEFLL % -987654321LL);
    CHECK(top / (uint64_t)big == 0xFEDCBA9876543210u / 0x123456789ABCDEFu);
    CHECK(top % (uint64_t)big == 0xFEDCBA9876543210u % 0x123456789ABCDEFu);
    CHECK((int64_t)wide * narrow == -2000000000LL * 77777);
    CHECK((uint64_t)(uint32_t)wide * (uint32_t)narrow == (uint64_t)(uint32_t)-2000000000 * 77777u);
    CHECK(wide / narrow == -2000000000 / 77777 && wide % narrow == -2000000000 % 77777);
    CHECK((uint32_t)wide / (uint32_t)narrow == (uint32_t)-2000000000 / 77777u);
    CHECK((uint32_t)wide % (uint32_t)narrow == (uint32_t)-2000000000 % 77777u);
    CHECK(top >> shift == 0xFEDCBA9876543210u >> 37 && top << shift == 0xFEDCBA9876543210u << 37);
    CHECK((less * 1000000000) >> shift == (-987654321LL * 1000000000) >> 37);
    CHECK(deep(count, 1u, 2u) == flat(count, 1u, 2u));
    CHECK(long_loop(turns, count, shift) == short_loops(turns, count, shift));
    CHECK((int32_t)(x * 2.0f / 0.3f) == 16 && (float)narrow == 77777.0f && (float)(uint32_t)wide == 2294967296.0f);
    end(0);
}
