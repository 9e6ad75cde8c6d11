/* The linker's --wrap puts this around the port's uart_rx_chr, which is asked again and again until a byte has come: a
   board that waits would keep a processor of the machine busy that emulates it. It sleeps instead until the UART wants
   an interrupt; none is taken. */

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

#if defined(__riscv)

#define UART_INTERRUPTS (*(volatile uint8_t *)0x10000001u)
#define UART 10u /* of the PLIC's sources */
#define PLIC 0x0C000000u

static void listen(void)
{
    UART_INTERRUPTS = 1u;
    REGISTER(PLIC + 4u * UART) = 1u;
    REGISTER(PLIC + 0x2000u) = 1u << UART;
    REGISTER(PLIC + 0x200004u) = REGISTER(PLIC + 0x200004u); /* claimed and done */
}

static void wait(void)
{
    __asm volatile("csrs mie, %0\n\twfi\n\tcsrc mie, %0" : : "r"(1u << 11) : "memory");
}

#else

#if defined(QEMU_SOC_NRF51)
#define UART 2u

static void listen(void)
{
    REGISTER(0x40002304u) = 1u << 2;
}
#else
#define UART 0u

static void listen(void)
{
    REGISTER(0x40004008u) |= 1u << 3;
    REGISTER(0x4000400Cu) = 1u << 1; /* of the byte before */
}
#endif

static void wait(void)
{
    __asm volatile("cpsid i" : : : "memory");
    REGISTER(0xE000E100u) = 1u << UART; /* the NVIC: enabled */
    __asm volatile("wfi" : : : "memory");
    REGISTER(0xE000E180u) = 1u << UART; /* and no more */
    REGISTER(0xE000E280u) = 1u << UART;
    __asm volatile("cpsie i" : : : "memory");
}

#endif

int __real_uart_rx_chr(void);
int __wrap_uart_rx_chr(void);

int __wrap_uart_rx_chr(void)
{
    int byte = __real_uart_rx_chr();
    if (byte < 0) {
        listen();
        byte = __real_uart_rx_chr(); /* it may have come before */
        if (byte < 0) {
            wait();
        }
    }
    return byte;
}
