/* Registers by address: no vendor header is needed for five of them. */
#ifndef GS_REGISTERS_H
#define GS_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

/* The UART, one of the uart_*.c. */
void uart_init(void);
uint8_t uart_has_byte(void);
uint8_t uart_take(void);
void uart_put(uint8_t byte);
void uart_clear_interrupt(void);

#endif
