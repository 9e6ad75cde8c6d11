/* How to use both_ways. It takes 6 samples one by one, and answers after the last.
 * Fill a shorter one with 0, which the model masks.
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "both_ways_push.h" /* BOTH_WAYS_HOP, defined before, lets windows overlap */

static both_ways_push_t model;

/* The next sample: numbers on standard input, between blanks or commas.
 * Returns 1; or 0 if there are no more. */
static int read_sample(float input[BOTH_WAYS_INPUT])
{
    for (size_t k = 0; k < BOTH_WAYS_INPUT; k++) {
        if (scanf("%f%*1[,;]", &input[k]) != 1) {
            return 0;
        }
    }
    return 1;
}

/* Print an answer. */
static void print_output(const float *y)
{
    for (int k = 0; k < 4; k++) {
        printf("%s%g", k > 0 ? " " : "", (double)y[k]);
    }
    printf("\n");
}

int main(void)
{
    static float input[BOTH_WAYS_INPUT];
    static float output[BOTH_WAYS_OUTPUT * BOTH_WAYS_WINDOW];

    both_ways_push_reset(&model);
    while (read_sample(input)) {
        if (both_ways_push(&model, input, output)) {
            for (size_t k = 0; k < 6; k++) {
                print_output(output + k * 4);
            }
        }
    }
    return 0;
}
