/* An AVR on simavr, its USART0 on standard input and output: no byte is lost, none comes before it is wanted.
 *
 *   simavr MCU HERTZ FIRMWARE.elf
 *
 * Ends when the firmware sleeps for good or crashes (exit status 3), or when standard input ends. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <avr_uart.h>
#include <sim_avr.h>
#include <sim_elf.h>
#include <sim_io.h>

#define LOOK_EVERY 2048u /* instructions between two looks at standard input */
#define IDLE_LOOKS 2000u /* times that a firmware asks for a byte in vain before this program waits for one as well */
#define WAIT_MS 50

static uint8_t input[4096];
static size_t input_count, input_next;
static uint8_t output[4096];
static size_t output_count;
static int input_ended;
static int may_send; /* the USART listens and has room; bytes before that would be lost */
static unsigned idle;
static avr_irq_t *receive;
static char uart = '0'; /* its number; chips whose only one is 1 have that */

static void flush(void)
{
    size_t done = 0;

    while (done < output_count) {
        const ssize_t n = write(STDOUT_FILENO, output + done, output_count - done);

        if (n > 0) {
            done += (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd wait = { STDOUT_FILENO, POLLOUT, 0 };
            (void)poll(&wait, 1, WAIT_MS);
        } else if (errno != EINTR) {
            exit(EXIT_FAILURE);
        }
    }
    output_count = 0;
}

static void on_sent(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)unused;
    idle = 0;
    if (output_count == sizeof output)
        flush();
    output[output_count++] = (uint8_t)value;
}

static void on_room(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)value;
    (void)unused;
    may_send = 1;
    idle++;
}

static void on_full(struct avr_irq_t *irq, uint32_t value, void *unused)
{
    (void)irq;
    (void)unused;
    if (value != 0)
        may_send = 0;
}

static void take(int wait_ms)
{
    struct pollfd wait = { STDIN_FILENO, POLLIN, 0 };
    ssize_t n;

    if (input_next < input_count || poll(&wait, 1, wait_ms) <= 0)
        return;
    n = read(STDIN_FILENO, input, sizeof input);
    if (n == 0)
        input_ended = 1;
    input_next = 0;
    input_count = n > 0 ? (size_t)n : 0;
}

static void feed(void)
{
    while (may_send && input_next < input_count) {
        idle = 0;
        avr_raise_irq(receive, input[input_next++]);
    }
}

static avr_t *load(const char *mcu, unsigned long hertz, const char *path)
{
    static elf_firmware_t firmware;
    avr_t *avr = avr_make_mcu_by_name(mcu);
    uint32_t flags = 0;

    if (avr == NULL) {
        fprintf(stderr, "simavr knows no %s\n", mcu);
        exit(EXIT_FAILURE);
    }
    if (elf_read_firmware(path, &firmware) != 0) {
        fprintf(stderr, "%s is no firmware\n", path);
        exit(EXIT_FAILURE);
    }
    (void)avr_init(avr);
    firmware.frequency = (uint32_t)hertz;
    avr_load_firmware(avr, &firmware);
    avr->frequency = (uint32_t)hertz;
    avr->log = LOG_ERROR;
    if (avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ('0'), UART_IRQ_INPUT) == NULL)
        uart = '1';
    (void)avr_ioctl(avr, AVR_IOCTL_UART_GET_FLAGS(uart), &flags);
    flags &= ~(uint32_t)(AVR_UART_FLAG_STDIO | AVR_UART_FLAG_POLL_SLEEP);
    (void)avr_ioctl(avr, AVR_IOCTL_UART_SET_FLAGS(uart), &flags);
    return avr;
}

static void on_uart(avr_t *avr, int irq, avr_irq_notify_t notify)
{
    avr_irq_register_notify(avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(uart), irq), notify, NULL);
}

int main(int count, char **words)
{
    avr_t *avr;
    unsigned turn = 0;
    int state = cpu_Running;

    if (count != 4) {
        fprintf(stderr, "usage: simavr MCU HERTZ FIRMWARE.elf\n");
        return EXIT_FAILURE;
    }
    avr = load(words[1], strtoul(words[2], NULL, 10), words[3]);
    receive = avr_io_getirq(avr, AVR_IOCTL_UART_GETIRQ(uart), UART_IRQ_INPUT);
    on_uart(avr, UART_IRQ_OUTPUT, on_sent);
    on_uart(avr, UART_IRQ_OUT_XON, on_room);
    on_uart(avr, UART_IRQ_OUT_XOFF, on_full);
    while (state != cpu_Done && state != cpu_Crashed && !input_ended) {
        state = avr_run(avr);
        if (++turn % LOOK_EVERY == 0) {
            flush();
            take(0);
            feed();
        }
        if (idle > IDLE_LOOKS) {
            flush();
            take(WAIT_MS);
            feed();
            idle = 0;
        }
    }
    flush();
    if (state == cpu_Crashed)
        fprintf(stderr, "the firmware crashed at pc 0x%x after %llu cycles\n", (unsigned)avr->pc,
                (unsigned long long)avr->cycle);
    return state == cpu_Crashed ? 3 : EXIT_SUCCESS;
}
