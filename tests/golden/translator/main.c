/* How to call translator. Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "translator.h"

static translator_t state;

int main(void)
{
    static float input_source[TRANSLATOR_INPUT_SOURCE * 8]; /* your data: all of it */
    static float input_target[TRANSLATOR_INPUT_TARGET * 8]; /* your data: all of it */
    static float output[TRANSLATOR_OUTPUT * 8];

    translator_reset(&state);
    translator_run(&state, input_source, input_target, 8, 8, output);
    for (size_t k = 0; k < sizeof output / sizeof *output; k++) {
        printf("output[%u] = %g\n", (unsigned)k, (double)output[k]);
    }
    return 0;
}
