#include "Arduino.h"

#include <string.h>

#define WORD(address) (*(volatile uint32_t *)(uintptr_t)(address))
#define BYTE(address) (*(volatile uint8_t *)(uintptr_t)(address))

Uart Serial;

#if defined(__arm__)

/* MPS2: CMSDK UART 0, and timer 0 at 25 MHz, which counts down. */
#define UART 0x40004000u
#define TIMER 0x40000000u

void Uart::begin(unsigned long)
{
    WORD(UART + 0x10u) = 16u;
    WORD(UART + 0x08u) = 3u;
}

int Uart::available() { return (WORD(UART + 0x04u) & 2u) != 0u; }

int Uart::read() { return available() ? (int)(WORD(UART) & 0xFFu) : -1; }

static void put(uint8_t byte)
{
    while ((WORD(UART + 0x04u) & 1u) != 0u) {
    }
    WORD(UART) = byte;
}

static uint32_t high, last;

uint32_t micros()
{
    uint32_t now;

    if (WORD(TIMER) == 0u) {
        WORD(TIMER + 0x08u) = 0xFFFFFFFFu;
        WORD(TIMER) = 1u;
    }
    now = 0xFFFFFFFFu - WORD(TIMER + 0x04u);
    high += now < last;
    last = now;
    return (uint32_t)(((uint64_t)high << 32 | now) / 25u);
}

#else

/* QEMU's virt: a 16550, and the CLINT's 10 MHz. */
#define UART 0x10000000u
#define MTIME 0x0200BFF8u

void Uart::begin(unsigned long) {}

int Uart::available() { return (BYTE(UART + 5u) & 1u) != 0u; }

int Uart::read() { return available() ? BYTE(UART) : -1; }

static void put(uint8_t byte)
{
    while ((BYTE(UART + 5u) & 0x20u) == 0u) {
    }
    BYTE(UART) = byte;
}

uint32_t micros()
{
    uint32_t high, low;

    do {
        high = WORD(MTIME + 4u);
        low = WORD(MTIME);
    } while (high != WORD(MTIME + 4u));
    return (uint32_t)(((uint64_t)high << 32 | low) / 10u);
}

#endif

size_t Uart::write(const uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        put(bytes[i]);
    return count;
}

void Uart::flush() {}

uint32_t millis() { return micros() / 1000u; }

void delay(uint32_t milliseconds)
{
    const uint32_t start = millis();

    while (millis() - start < milliseconds) {
    }
}

void yield() {}

size_t Stream::print(const char *text) { return write((const uint8_t *)text, strlen(text)); }

size_t Stream::print(char c) { return write((const uint8_t *)&c, 1); }

size_t Stream::print(int value)
{
    char text[12];
    char *p = text + sizeof text - 1;
    unsigned left = value < 0 ? 0u - (unsigned)value : (unsigned)value;

    *p = '\0';
    do {
        *--p = (char)('0' + left % 10u);
        left /= 10u;
    } while (left != 0u);
    if (value < 0)
        *--p = '-';
    return print((const char *)p);
}

size_t Stream::print(double value, int digits)
{
    size_t count = 0;

    if (value != value)
        return print("nan");
    if (value < 0.0) {
        count += print('-');
        value = -value;
    }
    count += print((int)value);
    count += print('.');
    for (value -= (int)value; digits > 0; digits--) {
        value *= 10.0;
        count += print((char)('0' + (int)value));
        value -= (int)value;
    }
    return count;
}

size_t Stream::println(const char *text) { return print(text) + print("\r\n"); }

size_t Stream::println(double value, int digits) { return print(value, digits) + print("\r\n"); }

int main()
{
    setup();
    for (;;)
        loop();
}
