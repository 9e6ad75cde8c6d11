/* Cortex-M with picolibc's start-up code: sleeping until a byte comes, and SysTick as the counter.
 * GS_UART_IRQ: interrupt number of the UART's receiver. GS_HERTZ: rate of SysTick. */
#include "board.h"
#include "systick.h"
#include "uart.h"

#define NVIC_WORD (4u * ((unsigned)(GS_UART_IRQ) / 32u))
#define NVIC_BIT (1u << ((unsigned)(GS_UART_IRQ) % 32u))
#define NVIC_ENABLE REGISTER(0xE000E100u + NVIC_WORD)
#define NVIC_DISABLE REGISTER(0xE000E180u + NVIC_WORD)
#define NVIC_UNPEND REGISTER(0xE000E280u + NVIC_WORD)

extern uint8_t __heap_start[]; /* picolibc's linker script: the end of all variables, */
extern uint8_t __stack[];      /* and the stack's first byte */

void arm_systick_isr(void); /* picolibc's name for the vector */

void arm_systick_isr(void)
{
    systick_turned();
}

/* Interrupts stay masked but while something is counted: a pending one still ends wfi, and no handler runs. */
void gs_board_init(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    uart_init();
    NVIC_ENABLE = NVIC_BIT;
}

uint8_t gs_board_get(void)
{
    while (!uart_has_byte()) {
        __asm__ volatile("wfi" ::: "memory");
        uart_clear_interrupt();
        NVIC_UNPEND = NVIC_BIT;
    }
    return uart_take();
}

void gs_board_put(uint8_t byte)
{
    uart_put(byte);
}

void gs_board_count_begin(void)
{
    NVIC_DISABLE = NVIC_BIT;
    systick_begin();
    __asm__ volatile("cpsie i" ::: "memory");
}

void gs_board_count_end(gs_cost_t *cost)
{
    const uint64_t count = systick_count();

    __asm__ volatile("cpsid i" ::: "memory");
    systick_end();
    NVIC_ENABLE = NVIC_BIT;
    cost->kind = GS_COST_CYCLES;
    cost->hertz = GS_HERTZ;
    cost->count_low = (uint32_t)(count & 0xFFFFFFFFu);
    cost->count_high = (uint32_t)(count >> 32);
}

/* Four kilobytes are painted at most: megabytes would take longer than a step. */
uint8_t *gs_board_stack_floor(void)
{
    return __stack - __heap_start > 4096 ? __stack - 4096 : __heap_start;
}

/* Semihosting's SYS_EXIT, which QEMU understands; only where a debugger or an emulator listens. */
void gs_board_quit(void)
{
#ifdef GS_SEMIHOSTING
    register uint32_t operation __asm__("r0") = 0x18u;
    register uint32_t reason __asm__("r1") = 0x20026u;

    __asm__ volatile("bkpt 0xab" : : "r"(operation), "r"(reason) : "memory");
#endif
}
