/* What Gatesmith would generate between the toy and the link. */
#include "gatesmith_link.h"
#include "toy.h"

#ifndef CAPACITY
#define CAPACITY 2000
#endif
#ifndef MODEL_ID
#define MODEL_ID "0123456789abcdef"
#endif

static toy_t state;
static float in0[CAPACITY * 3];
static float in1[2];
static float out0[CAPACITY * 3];
static float out1[2];
static size_t steps[1];

static void reset(void)
{
    toy_reset(&state);
}

static void step(void)
{
#ifdef CRASH
    volatile int *nowhere = NULL;
    *nowhere = 1;
#endif
#ifdef HANG
    for (;;) {
    }
#endif
    toy_step(&state, in0, in1, out0, out1);
}

static void run(void)
{
    toy_run(&state, in0, in1, steps[0], out0, out1);
}

static const char name[] GS_FLASH = "toy";
static const char id[] GS_FLASH = MODEL_ID;
static const char numeric[] GS_FLASH = "float32";

static const gs_port_t inputs[] GS_FLASH = {
    {in0, sizeof in0, 3, 0, GS_FLOAT32},
    {in1, sizeof in1, 2, GS_NO_AXIS, GS_FLOAT32},
};
static const gs_port_t outputs[] GS_FLASH = {
    {out0, sizeof out0, 3, 0, GS_FLOAT32},
    {out1, sizeof out1, 2, GS_NO_AXIS, GS_FLOAT32},
};
static const gs_axis_t axes[] GS_FLASH = {{0, CAPACITY}};

const gs_model_t gs_model = {
    name, id, numeric, inputs, outputs, axes, steps, &state, sizeof state, reset, step, run, NULL, 2, 2, 1,
};
