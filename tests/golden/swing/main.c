/* How to use swing. It takes a sequence of any length, sample by sample, and answers after the last.
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "swing.h"

static swing_t model;

/* The next sample: numbers on standard input, between blanks or commas. An empty line ends a sequence.
 * Returns 1; or 0 at the end of a sequence. */
static int read_sample(float input[SWING_INPUT])
{
    int c = getchar();

    while (c == ' ' || c == '\t' || c == '\r') {
        c = getchar();
    }
    if (c == '\n' || c == EOF) {
        return 0;
    }
    ungetc(c, stdin);
    for (size_t k = 0; k < SWING_INPUT; k++) {
        if (scanf("%f%*1[,;]", &input[k]) != 1) {
            return 0;
        }
    }
    do {
        c = getchar();
    } while (c != '\n' && c != EOF);
    return 1;
}

/* Print an answer. */
static void print_output(const float *y)
{
    int best = 0;

    for (int k = 1; k < 2; k++) {
        best = y[k] > y[best] ? k : best;
    }
    printf("class %d %.2f\n", best, (double)y[best]);
}

int main(void)
{
    static float input[SWING_INPUT];
    static float output[SWING_OUTPUT];

    swing_reset(&model);
    do {
        size_t steps = 0;

        while (read_sample(input)) {
            swing_step(&model, input, output);
            steps++;
        }
        if (steps > 0) {
            print_output(output);
        }
        swing_reset(&model); /* before the next sequence */
    } while (!feof(stdin));
    return 0;
}
