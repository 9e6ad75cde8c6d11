/* A leaky accumulator by hand, in the shape of a generated model: y = s = decay * s + gain . x, count of steps. */
#ifndef TOY_H
#define TOY_H
#include <stddef.h>
typedef struct {
    float sum[3];
    float steps;
} toy_t;
void toy_reset(toy_t *state);
void toy_step(toy_t *state, const float *x, const float *gain, float *y, float *last);
void toy_run(toy_t *state, const float *x, const float *gain, size_t steps, float *y, float *last);
#endif
