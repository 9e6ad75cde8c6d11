/* The posix port: a process that speaks the link on its standard input and output, and ends when the input does. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gatesmith_link.h"

/* Less than a pipe holds, so that a host which sends this much before it reads is never stopped. */
#define WINDOW 32768u

static gs_link_t link_state;
static uint8_t received[WINDOW];
static uint8_t pending[WINDOW];
static size_t pending_count;
static struct timespec started;

static void flush(void)
{
    size_t done = 0u;

    while (done < pending_count) {
        const ssize_t n = write(STDOUT_FILENO, pending + done, pending_count - done);

        if (n > 0)
            done += (size_t)n;
        else if (errno != EINTR)
            exit(EXIT_FAILURE);
    }
    pending_count = 0u;
}

void gs_port_write(const uint8_t *bytes, uint16_t count)
{
    uint16_t i;

    for (i = 0u; i < count; i++) {
        if (pending_count == sizeof pending)
            flush();
        pending[pending_count] = bytes[i];
        pending_count++;
    }
}

void gs_port_cost_begin(void)
{
    (void)clock_gettime(CLOCK_MONOTONIC, &started);
}

void gs_port_cost_end(gs_cost_t *cost)
{
    struct timespec now;
    int64_t elapsed;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    elapsed = ((int64_t)now.tv_sec - (int64_t)started.tv_sec) * 1000000000 + (now.tv_nsec - started.tv_nsec);
#ifdef GS_EMULATED
    cost->kind = GS_COST_NONE; /* this machine's time says nothing of the emulated core */
#else
    cost->kind = GS_COST_NANOSECONDS;
#endif
    cost->count_low = (uint32_t)((uint64_t)elapsed & 0xFFFFFFFFu);
    cost->count_high = (uint32_t)((uint64_t)elapsed >> 32);
}

void gs_port_quit(void)
{
    flush();
    exit(EXIT_SUCCESS);
}

int main(void)
{
    gs_model.reset();
    gs_link_init(&link_state, &gs_model, (uint16_t)WINDOW);
    for (;;) {
        const ssize_t n = read(STDIN_FILENO, received, sizeof received);
        ssize_t i;

        if (n == 0)
            return EXIT_SUCCESS;
        if (n < 0 && errno != EINTR)
            return EXIT_FAILURE;
        for (i = 0; i < n; i++)
            gs_link_byte(&link_state, received[i]);
        flush();
    }
}
