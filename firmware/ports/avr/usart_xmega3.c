/* AVR of the megaAVR 0 series with avr-libc: a Nano Every's USART3 on pins B4 and B5, and timer A as the cycle counter.
 * F_CPU: the clock that the fuses choose. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "board.h"

#ifndef GS_BAUD
#define GS_BAUD 115200UL
#endif

extern uint8_t __heap_start; /* the end of all variables */

static volatile uint16_t wraps;

ISR(TCA0_OVF_vect)
{
    TCA0.SINGLE.INTFLAGS = TCA_SINGLE_OVF_bm;
    wraps++;
}

void gs_board_init(void)
{
    _PROTECTED_WRITE(CLKCTRL.MCLKCTRLB, 0); /* the whole clock, not a sixth */
    PORTMUX.USARTROUTEA = (uint8_t)((PORTMUX.USARTROUTEA & ~PORTMUX_USART3_gm) | PORTMUX_USART3_ALT1_gc);
    PORTB.OUTSET = PIN4_bm;
    PORTB.DIRSET = PIN4_bm;
    USART3.BAUD = (uint16_t)((F_CPU * 4UL + GS_BAUD / 2UL) / GS_BAUD); /* in 64ths of 16 clocks a bit */
    USART3.CTRLB = USART_RXEN_bm | USART_TXEN_bm;
}

uint8_t gs_board_get(void)
{
    while ((USART3.STATUS & USART_RXCIF_bm) == 0) {
    }
    return USART3.RXDATAL;
}

void gs_board_put(uint8_t byte)
{
    while ((USART3.STATUS & USART_DREIF_bm) == 0) {
    }
    USART3.TXDATAL = byte;
}

/* The timer's own interrupts count too: some thirty cycles in 65,536. */
void gs_board_count_begin(void)
{
    cli();
    TCA0.SINGLE.CTRLA = 0;
    TCA0.SINGLE.CNT = 0;
    TCA0.SINGLE.PER = 0xFFFFu;
    TCA0.SINGLE.INTFLAGS = TCA_SINGLE_OVF_bm;
    TCA0.SINGLE.INTCTRL = TCA_SINGLE_OVF_bm;
    wraps = 0;
    sei();
    TCA0.SINGLE.CTRLA = TCA_SINGLE_ENABLE_bm;
}

void gs_board_count_end(gs_cost_t *cost)
{
    uint16_t value;
    uint16_t turns;

    cli();
    value = TCA0.SINGLE.CNT;
    turns = wraps;
    if ((TCA0.SINGLE.INTFLAGS & TCA_SINGLE_OVF_bm) != 0 && value < 0x8000u)
        turns++;
    TCA0.SINGLE.INTCTRL = 0;
    TCA0.SINGLE.CTRLA = 0;
    cost->kind = GS_COST_CYCLES;
    cost->hertz = F_CPU;
    cost->count_low = ((uint32_t)turns << 16) | value;
}

uint8_t *gs_board_stack_floor(void)
{
    return &__heap_start;
}

/* Sleep without interrupts has no end but reset: the emulator takes it as the program's. */
void gs_board_quit(void)
{
#ifdef GS_EMULATED
    cli();
    SLPCTRL.CTRLA = SLPCTRL_SEN_bm;
    sleep_cpu();
#endif
}
