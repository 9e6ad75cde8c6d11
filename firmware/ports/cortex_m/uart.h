/* The UART, one of the uart_*.c. */
#ifndef GS_UART_H
#define GS_UART_H

#include "registers.h"

void uart_init(void);
uint8_t uart_has_byte(void);
uint8_t uart_take(void);
void uart_put(uint8_t byte);
void uart_clear_interrupt(void);

#endif
