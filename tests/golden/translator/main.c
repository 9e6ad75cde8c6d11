/* How to use translator. It takes all values of its inputs at once, and answers.
 * Yours to change: Gatesmith writes it only where there is none. */

#include <stdio.h>

#include "translator.h"

static translator_t model;

/* All inputs: numbers on standard input, between blanks or commas.
 * Returns 1; or 0 if there are no more. */
static int read_input(float input_source[TRANSLATOR_INPUT_SOURCE * 8], float input_target[TRANSLATOR_INPUT_TARGET * 8])
{
    for (size_t k = 0; k < TRANSLATOR_INPUT_SOURCE * 8; k++) {
        if (scanf("%f%*1[,;]", &input_source[k]) != 1) {
            return 0;
        }
    }
    for (size_t k = 0; k < TRANSLATOR_INPUT_TARGET * 8; k++) {
        if (scanf("%f%*1[,;]", &input_target[k]) != 1) {
            return 0;
        }
    }
    return 1;
}

/* Print an answer. */
static void print_output(const float *y)
{
    for (int k = 0; k < 1; k++) {
        printf("%s%g", k > 0 ? " " : "", (double)y[k]);
    }
    printf("\n");
}

int main(void)
{
    static float input_source[TRANSLATOR_INPUT_SOURCE * 8];
    static float input_target[TRANSLATOR_INPUT_TARGET * 8];
    static float output[TRANSLATOR_OUTPUT * 8];

    translator_reset(&model);
    while (read_input(input_source, input_target)) {
        translator_run(&model, input_source, input_target, 8, 8, output);
        for (size_t k = 0; k < 8; k++) {
            print_output(output + k * 1);
        }
    }
    return 0;
}
