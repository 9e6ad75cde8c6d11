/* As much of FreeRTOS as a generated example uses. */
typedef unsigned TickType_t;
#define pdFALSE 0
#define pdMS_TO_TICKS(milliseconds) (milliseconds)
