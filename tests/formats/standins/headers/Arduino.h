/* As much of Arduino's core as a generated example uses: its serial line is standard output, and time stands still. */
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
static inline void delay(unsigned long) {}
