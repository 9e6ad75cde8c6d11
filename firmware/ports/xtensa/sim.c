/* Xtensa cores on QEMU's sim machine. Simulator calls are the link's wire: standard input and output of the emulator;
 * ccount under -icount is the counter. Start code and linker script are the core's own. */
#include "board.h"

#define CALL_EXIT 1
#define CALL_READ 3
#define CALL_WRITE 4

/* -icount shift=6: an instruction takes 64 ns. ccount runs at 40 MHz, a tick in 25 ns; rounding makes it exact. */
#define TICK_NS 25u
#define INSTRUCTION_NS 64u

#define TIMER_INTERRUPT (1u << 6) /* of ccompare0, on both cores */
#define PAINTED 4096u

extern uint8_t gs_bss_start[], gs_bss_end[]; /* the linker script's */
extern uint8_t gs_stack_floor[], gs_stack_top[];

static uint32_t begun;

int main(void);
void gs_start(void);
void gs_trap(uint32_t cause, uint32_t address);

static int32_t simulator(int32_t call, int32_t a, const void *b, int32_t c)
{
    register int32_t r2 __asm__("a2") = call;
    register int32_t r3 __asm__("a3") = a;
    register const void *r4 __asm__("a4") = b;
    register int32_t r5 __asm__("a5") = c;

    __asm__ volatile("simcall" : "+r"(r2), "+r"(r3) : "r"(r4), "r"(r5) : "memory");
    return r2;
}

static uint32_t ticks(void)
{
    uint32_t value;

    __asm__ volatile("rsr %0, ccount" : "=r"(value)::"memory");
    return value;
}

void gs_start(void)
{
    uint8_t *p;

    for (p = gs_bss_start; p < gs_bss_end; p++)
        *p = 0u;
    (void)main();
    gs_board_quit();
}

static void hex(char *text, uint32_t value)
{
    int digit;

    for (digit = 7; digit >= 0; digit--, value >>= 4)
        text[digit] = (char)((value & 15u) < 10u ? '0' + (char)(value & 15u) : 'a' - 10 + (char)(value & 15u));
}

/* The core's last words: an illegal instruction, a load that is not aligned... */
void gs_trap(uint32_t cause, uint32_t address)
{
    static char text[] = "exception, cause 00000000, at 00000000\n";

    hex(text + 17, cause);
    hex(text + 30, address);
    (void)simulator(CALL_WRITE, 2, text, sizeof text - 1);
    (void)simulator(CALL_EXIT, 70, 0, 0);
}

void gs_board_init(void)
{
}

/* The emulator rests until a byte comes; without a host there is nothing left to do. */
uint8_t gs_board_get(void)
{
    uint8_t byte = 0u;

    if (simulator(CALL_READ, 0, &byte, 1) != 1)
        gs_board_quit();
    return byte;
}

void gs_board_put(uint8_t byte)
{
    if (simulator(CALL_WRITE, 1, &byte, 1) != 1)
        gs_board_quit();
}

/* The compare register, one behind, tells of a counter that came round. */
void gs_board_count_begin(void)
{
    __asm__ volatile("wsr %0, ccompare0" ::"r"(ticks() - 1u) : "memory");
    begun = ticks();
}

void gs_board_count_end(gs_cost_t *cost)
{
    uint64_t passed = ticks() - begun;
    uint32_t interrupts;

    __asm__ volatile("rsr %0, interrupt" : "=r"(interrupts)::"memory");
    if ((interrupts & TIMER_INTERRUPT) != 0u)
        passed += (uint64_t)1 << 32;
    passed = (passed * TICK_NS + INSTRUCTION_NS / 2u) / INSTRUCTION_NS;
    cost->kind = GS_COST_INSTRUCTIONS;
    cost->count_low = (uint32_t)passed;
    cost->count_high = (uint32_t)(passed >> 32);
}

/* Megabytes would take longer to paint than a step to run. */
uint8_t *gs_board_stack_floor(void)
{
    return gs_stack_top - gs_stack_floor > (int32_t)PAINTED ? gs_stack_top - PAINTED : gs_stack_floor;
}

void gs_board_quit(void)
{
    (void)simulator(CALL_EXIT, 0, 0, 0);
}
