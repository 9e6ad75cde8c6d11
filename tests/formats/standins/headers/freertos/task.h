/* As much of FreeRTOS as a generated example uses: time passes in delays alone, and ends after 10,000 s. */
#include <stdlib.h>

static TickType_t now;

static inline void vTaskDelay(TickType_t ticks)
{
    now += ticks;
    if (now / 1000 > 10000) {
        exit(0);
    }
}

static inline TickType_t xTaskGetTickCount(void) { return now; }

static inline int xTaskDelayUntil(TickType_t *last, TickType_t ticks)
{
    const TickType_t wake = *last += ticks;

    if (wake <= now) {
        return pdFALSE;
    }
    vTaskDelay(wake - now);
    return 1;
}
