#include "toy.h"

#include <string.h>

void toy_reset(toy_t *state)
{
    memset(state, 0, sizeof *state);
}

static void accumulate(toy_t *state, const float *x, const float *gain)
{
    size_t i;

    for (i = 0; i < 3u; i++)
        state->sum[i] = state->sum[i] * 0.5f + x[i] * gain[0] + gain[1];
    state->steps += 1.0f;
}

void toy_step(toy_t *state, const float *x, const float *gain, float *y, float *last)
{
    accumulate(state, x, gain);
    memcpy(y, state->sum, sizeof state->sum);
    last[0] = state->sum[0] + state->sum[1];
    last[1] = state->steps;
}

void toy_run(toy_t *state, const float *x, const float *gain, size_t steps, float *y, float *last)
{
    size_t t;

    for (t = 0; t < steps; t++)
        toy_step(state, x + 3u * t, gain, y + 3u * t, last);
}
