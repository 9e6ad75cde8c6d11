/* The USART of ST's STM32 F1, F2, F4 and L1: one status and one data register (RM0090, chapter 30). Clock and pins are
 * to be on already, which an emulator does not ask for; 8 bits and no parity are what reset leaves.
 * GS_UART: its base address. GS_UART_DIVIDER: its clock by the baud rate. */
#include "uart.h"

#define STATE REGISTER(GS_UART + 0x00u)   /* SR */
#define DATA REGISTER(GS_UART + 0x04u)    /* DR */
#define DIVIDER REGISTER(GS_UART + 0x08u) /* BRR, in sixteenths */
#define CONTROL REGISTER(GS_UART + 0x0Cu) /* CR1 */

#define RECEIVED (1u << 5)   /* RXNE; reading DR clears it, and an overrun with it */
#define SEND_EMPTY (1u << 7) /* TXE */

#define RECEIVER (1u << 2)           /* RE */
#define SENDER (1u << 3)             /* TE */
#define RECEIVED_INTERRUPT (1u << 5) /* RXNEIE */
#define ENABLE (1u << 13)            /* UE */

#ifdef GS_STM32F1 /* RM0008: the clocks of port A and USART1; pin A9 sends, A10 receives as after reset */
#define CLOCKS REGISTER(0x40021018u)   /* RCC_APB2ENR */
#define PINS_HIGH REGISTER(0x40010804u) /* GPIOA_CRH */
#endif

void uart_init(void)
{
#ifdef GS_STM32F1
    CLOCKS |= (1u << 2) | (1u << 14);
    PINS_HIGH = (PINS_HIGH & ~0xF0u) | 0xB0u;
#endif
    DIVIDER = GS_UART_DIVIDER;
    CONTROL = ENABLE | SENDER | RECEIVER | RECEIVED_INTERRUPT;
}

uint8_t uart_has_byte(void)
{
    return (STATE & RECEIVED) != 0u;
}

uint8_t uart_take(void)
{
    return (uint8_t)DATA;
}

void uart_put(uint8_t byte)
{
    while ((STATE & SEND_EMPTY) == 0u) {
    }
    DATA = byte;
}

void uart_clear_interrupt(void)
{
    /* RECEIVED is the interrupt's cause, and uart_take clears it. */
}
