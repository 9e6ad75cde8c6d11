/* An LSTM in int8 by hand, beside the generated one: instructions of a step of each, and outputs that differ.
 *
 * Inputs and states are widened once a step. On Cortex-M0 weights plus 128 load without a sign, as its loads of bytes take
 * an offset only then, and 128 times the sum of what they meet comes off: once a step. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "generated.h"
#include "tables.h"

#define STEPS 32
#define HALF(n) ((int32_t)1 << (n) >> 1)

static int32_t wide[INPUTS + UNITS];
static int8_t h[UNITS];
static int16_t c[UNITS];

/* The sums of four rows; w goes on to the next. */
__attribute__((noinline)) static const uint8_t *rows(int32_t *sums, const uint8_t *w, const int32_t *x, int n)
{
    int32_t a = sums[0], b = sums[1], d = sums[2], e = sums[3];
    const int32_t *const four = x + (n & ~3), *const end = x + n;
    for (; x != four; x += 4, w += 16) {
        int32_t v = x[0];
        a += w[0] * v, b += w[1] * v, d += w[2] * v, e += w[3] * v;
        v = x[1];
        a += w[4] * v, b += w[5] * v, d += w[6] * v, e += w[7] * v;
        v = x[2];
        a += w[8] * v, b += w[9] * v, d += w[10] * v, e += w[11] * v;
        v = x[3];
        a += w[12] * v, b += w[13] * v, d += w[14] * v, e += w[15] * v;
    }
    for (; x != end; x++, w += 4) {
        a += w[0] * *x;
        b += w[1] * *x;
        d += w[2] * *x;
        e += w[3] * *x;
    }
    sums[0] = a, sums[1] = b, sums[2] = d, sums[3] = e;
    return w;
}

static inline int32_t within(int32_t x, int32_t most) { return x > most ? most : x < -most - 1 ? -most - 1 : x; }

static inline int32_t hyperbolic(int32_t x)
{
    const int32_t sign = x >> 31, size = (x ^ sign) - sign;
    const int16_t *at = tanh_points + (size >> 6);
    return ((at[0] + (((at[1] - at[0]) * (size & 63) + 32) >> 6)) ^ sign) - sign;
}

static inline int32_t logistic(int32_t x) { return (hyperbolic(x) + 32768) >> 1; }

static int32_t widen(int32_t *to, const int8_t *from, int n)
{
    int32_t sum = 0;
    for (int k = 0; k < n; k++) {
        sum += to[k] = from[k];
    }
    return 128 * sum;
}

__attribute__((noinline)) static void step(const int8_t *x, int8_t *y)
{
    const int32_t off = widen(wide, x, INPUTS), past_off = widen(wide + INPUTS, h, UNITS);
    const uint8_t *w = own_w, *u = past_w;
    for (int unit = 0; unit < UNITS; unit++) {
        int32_t now[4], past[4], gate[4];
        for (int r = 0; r < 4; r++) {
            now[r] = own_bias[4 * unit + r] - off;
            past[r] = (PAST_BIASED ? past_bias[4 * unit + r] : HALF(PAST_PRE)) - past_off;
        }
        w = rows(now, w, wide, INPUTS);
        u = rows(past, u, wide + INPUTS, UNITS);
        for (int r = 0; r < 4; r++) {
            const int32_t one = (OWN_FITS ? now[r] >> PRE : within(now[r] >> PRE, 32767)) * own_m[4 * unit + r];
            const int32_t before = past[r] >> PAST_PRE;
            const int32_t other = (PAST_FITS ? before : within(before, 32767)) * past_m[4 * unit + r];
            gate[r] = within(((one + HALF(POST)) >> POST) + ((other + HALF(PAST_POST)) >> PAST_POST), 32767);
        }
        const int32_t kept = (logistic(gate[1]) * c[unit] + HALF(KEEP)) >> KEEP;
        const int32_t cell = within(kept + ((logistic(gate[0]) * hyperbolic(gate[2]) + HALF(NEW)) >> NEW), 32767);
        const int32_t seen = ARGUMENT < 0 ? within(cell * (1 << (ARGUMENT < 0 ? -ARGUMENT : 0)), 32767)
                                          : (cell + HALF(ARGUMENT < 0 ? 0 : ARGUMENT)) >> (ARGUMENT < 0 ? 0 : ARGUMENT);
        const int32_t out = (logistic(gate[3]) * hyperbolic(seen) + HALF(LAST)) >> LAST;
        c[unit] = (int16_t)cell;
        y[unit] = (int8_t)within((out * NARROW + HALF(NARROW_POST)) >> NARROW_POST, 127);
    }
    memcpy(h, y, UNITS);
}

#if defined(__riscv)
static void begin(void) {}
static uint32_t counted(void)
{
    uint32_t n;
    __asm__ volatile("csrr %0, minstret" : "=r"(n) : : "memory");
    return n;
}
static uint32_t instructions(uint32_t ticks) { return ticks; }
#else
/* SysTick under QEMU's -icount shift=7: an instruction lasts 128 ns, 2.048 ticks of 16 MHz. */
#define SYSTICK ((volatile uint32_t *)0xE000E010)
static void begin(void)
{
    SYSTICK[1] = 0xFFFFFF;
    SYSTICK[2] = 0;
    SYSTICK[0] = 5;
}
static uint32_t counted(void) { return 0xFFFFFF - SYSTICK[2]; }
static uint32_t instructions(uint32_t ticks) { return (uint32_t)((uint64_t)(ticks & 0xFFFFFF) * 1000 / 2048); }
#endif

int main(void)
{
    static generated_t state;
    static int8_t x[INPUTS], y[UNITS], z[UNITS];
    uint32_t seed = 1, generated = 0, by_hand = 0, differ = 0;

    generated_reset(&state);
    for (int t = 0; t < STEPS; t++) {
        for (int k = 0; k < INPUTS; k++) {
            seed = seed * 1664525u + 1013904223u;
            x[k] = (int8_t)(seed >> 24);
        }
        begin();
        uint32_t at = counted();
        generated_step(&state, x, y);
        generated += instructions(counted() - at);
        at = counted();
        step(x, z);
        by_hand += instructions(counted() - at);
        for (int k = 0; k < UNITS; k++) {
            differ += y[k] != z[k];
        }
    }
    printf("%lu %lu %lu\n", (unsigned long)(generated / STEPS), (unsigned long)(by_hand / STEPS), (unsigned long)differ);
    return 0;
}
