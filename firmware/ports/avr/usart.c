/* AVR with avr-libc: USART0 (USART1 where it is the only one), and timer 1 as the cycle counter. F_CPU: the clock. */
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "board.h"

#ifndef UDR0 /* bits lie at the same places in both */
#define UBRR0H UBRR1H
#define UBRR0L UBRR1L
#define UCSR0A UCSR1A
#define UCSR0B UCSR1B
#define UCSR0C UCSR1C
#define UDR0 UDR1
#define U2X0 U2X1
#define UCSZ01 UCSZ11
#define UCSZ00 UCSZ10
#define RXEN0 RXEN1
#define TXEN0 TXEN1
#define RXC0 RXC1
#define UDRE0 UDRE1
#endif

#ifndef GS_BAUD
#define GS_BAUD 115200UL
#endif

extern uint8_t __heap_start; /* the end of all variables */

static volatile uint16_t wraps;

ISR(TIMER1_OVF_vect)
{
    wraps++;
}

void gs_board_init(void)
{
    const uint16_t divider = (uint16_t)((F_CPU + GS_BAUD * 4UL) / (GS_BAUD * 8UL) - 1UL);

    UBRR0H = (uint8_t)(divider >> 8);
    UBRR0L = (uint8_t)(divider & 0xFFu);
    UCSR0A = _BV(U2X0);
    UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
    UCSR0B = _BV(RXEN0) | _BV(TXEN0);
}

uint8_t gs_board_get(void)
{
    while ((UCSR0A & _BV(RXC0)) == 0) {
    }
    return UDR0;
}

void gs_board_put(uint8_t byte)
{
    while ((UCSR0A & _BV(UDRE0)) == 0) {
    }
    UDR0 = byte;
}

/* The timer's own interrupts count too: some thirty cycles in 65,536. */
void gs_board_count_begin(void)
{
    cli();
    TCCR1A = 0;
    TCCR1B = 0;
    TCNT1 = 0;
    TIFR1 = _BV(TOV1);
    TIMSK1 = _BV(TOIE1);
    wraps = 0;
    sei();
    TCCR1B = _BV(CS10);
}

void gs_board_count_end(gs_cost_t *cost)
{
    uint16_t value;
    uint16_t turns;

    cli();
    value = TCNT1;
    turns = wraps;
    if ((TIFR1 & _BV(TOV1)) != 0 && value < 0x8000u)
        turns++;
    TIMSK1 = 0;
    TCCR1B = 0;
    cost->kind = GS_COST_CYCLES;
    cost->hertz = F_CPU;
    cost->count_low = ((uint32_t)turns << 16) | value;
}

uint8_t *gs_board_stack_floor(void)
{
    return &__heap_start;
}

/* Sleep without interrupts has no end but reset: simavr takes it as the program's. */
void gs_board_quit(void)
{
#ifdef GS_EMULATED
    cli();
    sleep_enable();
    sleep_cpu();
#endif
}
