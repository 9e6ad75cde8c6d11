/* How to call spotter. Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "spotter.h"

static spotter_t state;

int main(void)
{
    static float input[SPOTTER_INPUT]; /* your data: one time step */
    static float output[SPOTTER_OUTPUT];

    spotter_reset(&state);
    for (int t = 0; t < 8; t++) {
        /* fill input with the values of step t */
        if (spotter_step(&state, input, output)) {
            /* use output */
        }
    }
    while (spotter_finish(&state, output)) {
        /* use output: what was still to come */
    }
    for (size_t k = 0; k < sizeof output / sizeof *output; k++) {
        printf("output[%u] = %g\n", (unsigned)k, (double)output[k]);
    }
    return 0;
}
