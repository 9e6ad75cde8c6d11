/* Raspberry Pi's SDK: bytes over its stdio, which is a UART or USB as the project chooses, and SysTick as the counter.
 * Nothing but the link may print: stdio is the wire. */
#include "board.h"

#include "hardware/clocks.h"
#include "hardware/sync.h"
#include "pico/stdio.h"
#include "pico/stdlib.h"
#if LIB_PICO_STDIO_UART
#include "hardware/irq.h"
#include "hardware/uart.h"
#endif

#include "../cortex_m/systick.h"

extern uint8_t __StackBottom; /* the SDK's linker script: the stack's lowest byte */

#ifdef GS_ONLY_FPU /* in place of the SDK's function: the FPU without the RP2350's own coprocessor, cdp p4 */
void runtime_init_per_core_enable_coprocessors(void)
{
    *(volatile uint32_t *)0xE000ED88u |= 0xF00000u;
}
#endif

void isr_systick(void); /* the SDK's name for the vector */

void isr_systick(void)
{
    systick_turned();
}

/* The end of any handler is an event, so none is lost between the look and the sleep. */
static void on_bytes(void *unused)
{
    (void)unused;
}

void gs_board_init(void)
{
    stdio_init_all();
    stdio_set_chars_available_callback(on_bytes, NULL);
}

uint8_t gs_board_get(void)
{
    int byte = stdio_getchar_timeout_us(0u);

    while (byte < 0) {
#ifndef GS_POLL /* labwired gives the UART of its RP2040 no interrupt */
        __wfe();
#endif
        byte = stdio_getchar_timeout_us(0u);
    }
    return (uint8_t)byte;
}

void gs_board_put(uint8_t byte)
{
    stdio_putchar_raw(byte);
}

/* A UART's bytes wait meanwhile; USB is served, and its interrupts count. */
void gs_board_count_begin(void)
{
#if LIB_PICO_STDIO_UART
    irq_set_enabled(UART_IRQ_NUM(uart_default), false);
#endif
    systick_begin();
}

void gs_board_count_end(gs_cost_t *cost)
{
    const uint64_t count = systick_count();

    systick_end();
#if LIB_PICO_STDIO_UART
    irq_set_enabled(UART_IRQ_NUM(uart_default), true);
#endif
    cost->kind = GS_COST_CYCLES;
    cost->hertz = clock_get_hz(clk_sys);
    cost->count_low = (uint32_t)count;
    cost->count_high = (uint32_t)(count >> 32);
}

uint8_t *gs_board_stack_floor(void)
{
    return &__StackBottom;
}

/* A breakpoint, which the emulator takes as the end; without a debugger a chip would lock up. */
void gs_board_quit(void)
{
#ifdef GS_EMULATED
    __breakpoint();
#endif
}
