/* As much of Zephyr as a generated example uses: time passes in delays alone, 1 ms too long, and ends after 10,000 s. */
#include <stdint.h>
#include <stdlib.h>

static uint32_t now;

static inline uint32_t k_uptime_get_32(void) { return now; }

static inline int k_msleep(int milliseconds)
{
    now += (uint32_t)milliseconds + 1;
    if (now / 1000 > 10000) {
        exit(0);
    }
    return 0;
}
