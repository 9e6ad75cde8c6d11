/* The ESP32-C3 without its SDK, with picolibc's start-up code: UART0 as the boot ROM leaves it, at 115,200 baud, and the
 * core's own counter of cycles (technical reference manual, chapters 1 and 26). */
#include "board.h"

#define WORD(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define UART_FIFO WORD(0x60000000u)
#define UART_STATE WORD(0x6000001Cu) /* bytes received: bits 0 to 9; bytes to be sent: bits 16 to 25 */
#define FIFO_BYTES 128u

extern uint8_t __heap_start[]; /* picolibc's linker script: the end of all variables, */
extern uint8_t __stack[];      /* and the stack's first byte */

void gs_board_init(void)
{
}

uint8_t gs_board_get(void)
{
    while ((UART_STATE & 0x3FFu) == 0u) {
    }
    return (uint8_t)UART_FIFO;
}

void gs_board_put(uint8_t byte)
{
    while (((UART_STATE >> 16) & 0x3FFu) >= FIFO_BYTES - 1u) {
    }
    UART_FIFO = byte;
}

static uint32_t begun;

static uint32_t counted(void)
{
    uint32_t count;

    __asm__ volatile("csrr %0, 0x7e2" : "=r"(count)::"memory"); /* mpccr */
    return count;
}

/* mpcer, mpcmr: cycles are counted, and the counter runs. */
void gs_board_count_begin(void)
{
    __asm__ volatile("csrwi 0x7e0, 1\n\tcsrwi 0x7e1, 1" ::: "memory");
    begun = counted();
}

void gs_board_count_end(gs_cost_t *cost)
{
    cost->kind = GS_COST_CYCLES;
    cost->count_low = counted() - begun;
}

uint8_t *gs_board_stack_floor(void)
{
    return __stack - __heap_start > 4096 ? __stack - 4096 : __heap_start;
}

void gs_board_quit(void)
{
}
