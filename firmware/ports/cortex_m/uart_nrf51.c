/* The UART of nRF51 and nRF52, on the pins that the board has to its USB interface. GS_PIN_SEND, GS_PIN_RECEIVE: their
 * numbers; the micro:bit's, if they are left out. */
#include "uart.h"

#ifndef GS_PIN_SEND
#define GS_PIN_SEND 24u
#define GS_PIN_RECEIVE 25u
#endif

#define UART 0x40002000u
#define START_RECEIVER REGISTER(UART + 0x000u)
#define START_SENDER REGISTER(UART + 0x008u)
#define RECEIVED REGISTER(UART + 0x108u)
#define SENT REGISTER(UART + 0x11Cu)
#define INTERRUPT_SET REGISTER(UART + 0x304u)
#define ENABLE REGISTER(UART + 0x500u)
#define PIN_SEND REGISTER(UART + 0x50Cu)
#define PIN_RECEIVE REGISTER(UART + 0x514u)
#define RECEIVE_DATA REGISTER(UART + 0x518u)
#define SEND_DATA REGISTER(UART + 0x51Cu)
#define BAUD REGISTER(UART + 0x524u)

#define BAUD_115200 0x01D7E000u

static uint8_t sending;

void uart_init(void)
{
    PIN_SEND = GS_PIN_SEND;
    PIN_RECEIVE = GS_PIN_RECEIVE;
    BAUD = BAUD_115200;
    ENABLE = 4u;
    START_RECEIVER = 1u;
    START_SENDER = 1u;
    INTERRUPT_SET = 4u;
}

uint8_t uart_has_byte(void)
{
    return RECEIVED != 0u;
}

uint8_t uart_take(void)
{
    RECEIVED = 0u;
    return (uint8_t)RECEIVE_DATA;
}

void uart_put(uint8_t byte)
{
    while (sending && SENT == 0u) {
    }
    sending = 1u;
    SENT = 0u;
    SEND_DATA = byte;
}

void uart_clear_interrupt(void)
{
    /* RECEIVED is the interrupt's cause, and uart_take clears it. */
}
