/* As much of FreeRTOS as a generated example uses; time stands still. */
#define pdMS_TO_TICKS(milliseconds) (milliseconds)
