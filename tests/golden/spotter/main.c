/* How to use spotter. It takes samples as they come: the first answer comes with sample 7, then one with every 2
 * samples.
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "spotter_push.h"

static spotter_push_t model;

/* The next sample: numbers on standard input, between blanks or commas.
 * Returns 1; or 0 if there are no more. */
static int read_sample(float input[SPOTTER_INPUT])
{
    for (size_t k = 0; k < SPOTTER_INPUT; k++) {
        if (scanf("%f%*1[,;]", &input[k]) != 1) {
            return 0;
        }
    }
    return 1;
}

/* Print an answer. */
static void print_output(const float *y)
{
    for (int k = 0; k < 2; k++) {
        printf("%s%g", k > 0 ? " " : "", (double)y[k]);
    }
    printf("\n");
}

int main(void)
{
    static float input[SPOTTER_INPUT];
    static float output[SPOTTER_OUTPUT];

    spotter_push_reset(&model);
    while (read_sample(input)) {
        if (spotter_push(&model, input, output)) {
            print_output(output);
        }
    }
    while (spotter_finish(&model.state, output)) { /* the remaining outputs */
        print_output(output);
    }
    return 0;
}
