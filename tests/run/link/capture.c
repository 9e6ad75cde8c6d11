/* The port of a device that lives inside the test: bytes come in by a call and go out to a buffer. */
#include <string.h>

#include "gatesmith_link.h"

static gs_link_t the_link;
static uint8_t output[1u << 20];
static size_t output_count;
static uint32_t starts;

void gs_port_write(const uint8_t *bytes, uint16_t count)
{
    if (count <= sizeof output - output_count) {
        memcpy(output + output_count, bytes, count);
        output_count += count;
    }
}

void gs_port_cost_begin(void)
{
    starts++;
}

/* The count is how often a step or run was executed: the tests see repeats by it. */
void gs_port_cost_end(gs_cost_t *cost)
{
    cost->kind = GS_COST_INSTRUCTIONS;
    cost->count_low = starts;
    cost->count_high = 1u;
    cost->hertz = 1000u;
    cost->stack = 99u;
}

void gs_port_quit(void)
{
}

void capture_start(void);
void capture_feed(const uint8_t *bytes, size_t count);
size_t capture_take(uint8_t *to, size_t room);

void capture_start(void)
{
    starts = 0u;
    output_count = 0u;
    gs_model.reset();
    gs_link_init(&the_link, &gs_model, 32768u);
}

void capture_feed(const uint8_t *bytes, size_t count)
{
    size_t i;

    for (i = 0u; i < count; i++)
        gs_link_byte(&the_link, bytes[i]);
}

size_t capture_take(uint8_t *to, size_t room)
{
    const size_t n = output_count < room ? output_count : room;

    memcpy(to, output, n);
    output_count = 0u;
    return n;
}
