/* The linker's --wrap puts this in place of the port's uart_tx_strn, which writes byte after byte: QEMU's nRF51, as the
   real one, drops a byte that is written before the one before has gone, as when the host doesn't read for a while. */

#include <stddef.h>
#include <stdint.h>

#define SENT (*(volatile uint32_t *)0x4000211Cu)
#define SEND_DATA (*(volatile uint32_t *)0x4000251Cu)

void __wrap_uart_tx_strn(const char *text, size_t length);

void __wrap_uart_tx_strn(const char *text, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        SENT = 0u;
        SEND_DATA = (uint8_t)text[at];
        while (SENT == 0u) {
        }
    }
}
