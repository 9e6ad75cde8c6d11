/* As much of FreeRTOS as a generated example uses; time ends after 1,000 samples. */
#include <stdlib.h>

static inline void vTaskDelay(unsigned ticks)
{
    static int calls;

    (void)ticks;
    if (++calls > 1000) {
        exit(0);
    }
}
