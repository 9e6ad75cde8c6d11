#include "gatesmith_arduino.h"

#include "gatesmith_link.h"

/* Bytes that the core's receive buffer holds while the model runs. Its size differs from core to core, so that by
 * default the host waits for each answer. */
#ifndef GS_LINK_WINDOW
#define GS_LINK_WINDOW 0
#endif

#define PATIENCE_MS 1000UL /* for a host that no longer reads; it asks again when it is back */

static Stream *wire;
static gs_link_t link_state;
static uint32_t started;
static bool answered;

void gs_arduino_begin(Stream &stream)
{
    wire = &stream;
    gs_model.reset();
    gs_link_init(&link_state, &gs_model, (uint16_t)GS_LINK_WINDOW);
}

void gs_arduino_poll(void)
{
    while (wire->available() > 0)
        gs_link_byte(&link_state, (uint8_t)wire->read());
    if (answered) {
        answered = false;
        wire->flush();
    }
}

extern "C" {

void gs_port_write(const uint8_t *bytes, uint16_t count)
{
    uint32_t since = millis();

    answered = true;
    while (count != 0u && (uint32_t)(millis() - since) < PATIENCE_MS) {
        const size_t taken = wire->write(bytes, count);

        if (taken != 0u && taken <= count) {
            bytes += taken;
            count = (uint16_t)(count - taken);
            since = millis();
        } else {
            yield();
        }
    }
}

void gs_port_cost_begin(void)
{
    started = (uint32_t)micros();
}

/* Microseconds are what every core has; some count in fours. */
void gs_port_cost_end(gs_cost_t *cost)
{
    const uint64_t elapsed = (uint64_t)(uint32_t)((uint32_t)micros() - started) * 1000u;

    cost->kind = GS_COST_NANOSECONDS;
    cost->count_low = (uint32_t)(elapsed & 0xFFFFFFFFu);
    cost->count_high = (uint32_t)(elapsed >> 32);
}

void gs_port_quit(void)
{
}

}
