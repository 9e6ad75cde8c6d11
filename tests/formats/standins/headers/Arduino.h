/* As much of Arduino's core as a generated example uses: its serial line is standard output, and time passes in delays alone, 1 ms too long. */
#include <stdint.h>
#include <stdio.h>

struct Line {
    void begin(long) {}
    void print(const char *text) { fputs(text, stdout); }
    void print(char c) { putchar(c); }
    void print(int value) { printf("%d", value); }
    void print(double value, int digits) { printf("%.*f", digits, value); }
    void println(int value) { printf("%d\n", value); }
    void println() { putchar('\n'); }
};

static Line Serial;
static unsigned long now;
static inline unsigned long millis() { return now; }
static inline void delay(unsigned long ms) { now += ms + 1; }
