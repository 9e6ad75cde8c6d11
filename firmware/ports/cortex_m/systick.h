/* SysTick as a counter of 64 bits: its interrupt counts the turns of its 24. Private to one file of a port, which calls
 * systick_turned from its handler and keeps other interrupts away between begin and end. */
#ifndef GS_SYSTICK_H
#define GS_SYSTICK_H

#include "registers.h"

#define SYST_CONTROL REGISTER(0xE000E010u)
#define SYST_RELOAD REGISTER(0xE000E014u)
#define SYST_VALUE REGISTER(0xE000E018u)
#define SYST_ON 7u /* core clock, interrupt, enabled */
#define SYST_TOP 0xFFFFFFu

static volatile uint32_t systick_turns;

static void systick_turned(void)
{
    systick_turns++;
}

static void systick_begin(void)
{
    SYST_CONTROL = 0u;
    SYST_RELOAD = SYST_TOP;
    SYST_VALUE = 0u;
    systick_turns = 0u;
    SYST_CONTROL = SYST_ON;
    (void)SYST_VALUE;
}

/* With its interrupt let through: a turn between two reads is seen. */
static uint64_t systick_count(void)
{
    uint32_t value;
    uint32_t turns;

    do {
        turns = systick_turns;
        value = SYST_VALUE;
    } while (turns != systick_turns);
    return ((uint64_t)turns << 24) + ((SYST_TOP + 1u - value) & SYST_TOP);
}

static void systick_end(void)
{
    SYST_CONTROL = 0u;
}

#endif
