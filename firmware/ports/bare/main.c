/* The bare-metal port: bytes from a UART to the link and back, and what a step costs: the board's counter, and the
 * stack's high-water mark by painting. */
#include "board.h"

/* Bytes that wait for us while the model runs: what a receive buffer holds, or an emulator holds back. */
#ifndef GS_LINK_WINDOW
#define GS_LINK_WINDOW 0
#endif

#define PAINT 0xC5u
#ifndef GS_STACK_NEAR
#define GS_STACK_NEAR 48u /* bytes below a frame that the function itself may use */
#endif

static gs_link_t link_state;
static uint32_t overhead;
static uint8_t *frame;

static uint8_t *paint_end(void)
{
    return frame - GS_STACK_NEAR;
}

void gs_port_write(const uint8_t *bytes, uint16_t count)
{
    while (count != 0u) {
        gs_board_put(*bytes);
        bytes++;
        count--;
    }
}

void gs_port_cost_begin(void)
{
    volatile uint8_t *p = gs_board_stack_floor();

    frame = (uint8_t *)__builtin_frame_address(0);
    while (p < paint_end()) {
        *p = PAINT;
        p++;
    }
    gs_board_count_begin();
}

void gs_port_cost_end(gs_cost_t *cost)
{
    const volatile uint8_t *p = gs_board_stack_floor();

    gs_board_count_end(cost);
    cost->count_low = cost->count_low > overhead ? cost->count_low - overhead : 0u;
    while (p < paint_end() && *p == PAINT)
        p++;
    cost->stack = (uint32_t)(frame - p);
}

void gs_port_quit(void)
{
    gs_board_quit();
}

int main(void)
{
    gs_cost_t empty = { 0u, 0u, 0u, 0u, 0u };

    gs_board_init();
    gs_model.reset();
    gs_link_init(&link_state, &gs_model, (uint16_t)GS_LINK_WINDOW);
    gs_port_cost_begin();
    gs_port_cost_end(&empty);
    overhead = empty.count_low;
    for (;;)
        gs_link_byte(&link_state, gs_board_get());
}
