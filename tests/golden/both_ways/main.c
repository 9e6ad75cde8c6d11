/* How to call both_ways. Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "both_ways.h"

static both_ways_t state;

int main(void)
{
    static float input[BOTH_WAYS_INPUT * 6]; /* your data: all of it */
    static float output[BOTH_WAYS_OUTPUT * 6];

    both_ways_reset(&state);
    both_ways_run(&state, input, 6, output);
    for (size_t k = 0; k < sizeof output / sizeof *output; k++) {
        printf("output[%u] = %g\n", (unsigned)k, (double)output[k]);
    }
    return 0;
}
