/* Registers by address: no vendor header is needed for five of them. */
#ifndef GS_REGISTERS_H
#define GS_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#endif
