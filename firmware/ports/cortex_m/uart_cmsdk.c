/* The UART of Arm's CMSDK, as on the MPS2 and MPS3 boards. GS_UART: its base address. */
#include "uart.h"

#define DATA REGISTER(GS_UART + 0x00u)
#define STATE REGISTER(GS_UART + 0x04u)
#define CONTROL REGISTER(GS_UART + 0x08u)
#define INTERRUPT REGISTER(GS_UART + 0x0Cu)
#define DIVIDER REGISTER(GS_UART + 0x10u)

#define SEND_FULL 1u
#define RECEIVED 2u

void uart_init(void)
{
    DIVIDER = 16u;
    CONTROL = 1u | 2u | 8u; /* sender, receiver, receiver's interrupt */
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
    while ((STATE & SEND_FULL) != 0u) {
    }
    DATA = byte;
}

void uart_clear_interrupt(void)
{
    INTERRUPT = 2u;
}
