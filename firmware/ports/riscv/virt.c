/* RISC-V on QEMU's virt machine with picolibc's start-up code: a 16550 UART, the PLIC to wake on its bytes, and
 * minstret as the counter. */
#include "board.h"

#define BYTE(address) (*(volatile uint8_t *)(uintptr_t)(address))
#define WORD(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define UART 0x10000000u
#define UART_DATA BYTE(UART)
#define UART_INTERRUPT BYTE(UART + 1u)
#define UART_FIFO BYTE(UART + 2u)
#define UART_LINE BYTE(UART + 3u)
#define UART_STATE BYTE(UART + 5u)
#define RECEIVED 0x01u
#define SEND_EMPTY 0x20u

#define UART_IRQ 10u
#define PLIC_PRIORITY WORD(0x0C000000u + 4u * UART_IRQ)
#define PLIC_ENABLE WORD(0x0C002000u)
#define PLIC_THRESHOLD WORD(0x0C200000u)
#define PLIC_CLAIM WORD(0x0C200004u)

#define TEST_DEVICE WORD(0x00100000u)
#define TEST_PASS 0x5555u

extern uint8_t __heap_start[]; /* picolibc's linker script: the end of all variables, */
extern uint8_t __stack[];      /* and the stack's first byte */

static uint32_t begun_low;
static uint32_t begun_high;

static uint32_t retired_low(void)
{
    uint32_t value;

    __asm__ volatile("csrr %0, minstret" : "=r"(value)::"memory");
    return value;
}

static uint32_t retired_high(void)
{
    uint32_t value;

    __asm__ volatile("csrr %0, minstreth" : "=r"(value)::"memory");
    return value;
}

/* Interrupts stay masked: a pending one still ends wfi, and no handler runs. */
void gs_board_init(void)
{
    UART_LINE = 3u;
    UART_FIFO = 1u;
    UART_INTERRUPT = 1u;
    PLIC_PRIORITY = 1u;
    PLIC_ENABLE = 1u << UART_IRQ;
    PLIC_THRESHOLD = 0u;
    __asm__ volatile("csrc mstatus, 8\n\tcsrs mie, %0" ::"r"(1u << 11) : "memory");
}

uint8_t gs_board_get(void)
{
    while ((UART_STATE & RECEIVED) == 0u) {
        uint32_t source;

        __asm__ volatile("wfi" ::: "memory");
        source = PLIC_CLAIM;
        if (source != 0u)
            PLIC_CLAIM = source;
    }
    return UART_DATA;
}

void gs_board_put(uint8_t byte)
{
    while ((UART_STATE & SEND_EMPTY) == 0u) {
    }
    UART_DATA = byte;
}

void gs_board_count_begin(void)
{
    begun_high = retired_high();
    begun_low = retired_low();
}

void gs_board_count_end(gs_cost_t *cost)
{
    const uint32_t low = retired_low();
    const uint32_t high = retired_high();

    cost->kind = GS_COST_INSTRUCTIONS;
    cost->count_low = low - begun_low;
    cost->count_high = high - begun_high - (low < begun_low ? 1u : 0u);
}

/* Four kilobytes are painted at most: megabytes would take longer than a step. */
uint8_t *gs_board_stack_floor(void)
{
    return __stack - __heap_start > 4096 ? __stack - 4096 : __heap_start;
}

void gs_board_quit(void)
{
    TEST_DEVICE = TEST_PASS;
}
