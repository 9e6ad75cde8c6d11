/* Start-up code in place of picolibc's, with its linker script: for an emulator that knows no vmsr. The FPU's modes stay
 * those of reset. */
#include <stdint.h>
#include <string.h>

#include "registers.h"

#define COPROCESSORS REGISTER(0xE000ED88u) /* CPACR */

extern uint8_t __stack[], __data_start[], __data_source[], __data_size[], __bss_start[], __bss_size[];

int main(void);
void arm_systick_isr(void);
void _start(void);

/* A breakpoint, which ends the emulator; without a debugger a chip locks up. */
static void stop(void)
{
    for (;;)
        __asm__ volatile("bkpt 0");
}

void _start(void)
{
    COPROCESSORS |= 0xF00000u;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
    memcpy(__data_start, __data_source, (size_t)__data_size);
    memset(__bss_start, 0, (size_t)__bss_size);
    (void)main();
    stop();
}

__attribute__((section(".text.init.enter"), used)) static const uintptr_t vectors[16] = {
    (uintptr_t)__stack, (uintptr_t)_start, (uintptr_t)stop, (uintptr_t)stop, (uintptr_t)stop, (uintptr_t)stop,
    (uintptr_t)stop, 0, 0, 0, 0, (uintptr_t)stop, (uintptr_t)stop, 0, (uintptr_t)stop, (uintptr_t)arm_systick_isr,
};
