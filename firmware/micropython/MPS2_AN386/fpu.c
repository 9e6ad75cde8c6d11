/* The linker's --wrap puts this before the port's uart_init, the first call of its startup that may use floats. */

#include <stdint.h>

#define CPACR (*(volatile uint32_t *)0xE000ED88u)

void __real_uart_init(void);
void __wrap_uart_init(void);

void __wrap_uart_init(void)
{
    CPACR |= 0xFu << 20; /* coprocessors 10 and 11: the FPU */
    __asm volatile("dsb\n\tisb");
    __real_uart_init();
}
