/* How to call swing. Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "swing.h"

static swing_t state;

int main(void)
{
    static float input[SWING_INPUT]; /* your data: one time step */
    static float output[SWING_OUTPUT];

    swing_reset(&state);
    for (int t = 0; t < 8; t++) {
        /* fill input with the values of step t */
        swing_step(&state, input, output);
    }
    for (size_t k = 0; k < sizeof output / sizeof *output; k++) {
        printf("output[%u] = %g\n", (unsigned)k, (double)output[k]);
    }
    return 0;
}
