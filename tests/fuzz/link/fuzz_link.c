/* libFuzzer's target: bytes as they come, and frames with a right checksum around what comes. After anything, the link
 * must answer a hello. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "gatesmith_link.h"

#include "wire.h"

static void must_answer(uint8_t number)
{
    static const uint8_t session[4] = {'h', 'e', 'r', 'e'};
    static uint8_t heard[1u << 16];
    uint8_t frame[LARGEST], wired[WIRED], found[WIRED];
    size_t count, at, from = 0;

    (void)capture_take(heard, sizeof heard);
    count = framed(frame, number, HELLO, session, 4, NULL);
    capture_feed(wired, stuffed(wired, frame, count));
    count = capture_take(heard, sizeof heard);
    for (at = 0; at < count; at++) {
        if (heard[at] != 0)
            continue;
        if (at - from > HEADER && at - from <= sizeof found &&
            unstuffed(found, heard + from, at - from) == HEADER + 33 + CHECK && found[3] == (HELLO | ANSWER) &&
            memcmp(found + HEADER, session, 4) == 0)
            return;
        from = at + 1;
    }
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t session[4] = {1, 2, 3, 4};
    uint8_t frame[LARGEST], wired[WIRED];
    uint8_t number = 0;

    capture_start();
    if (size == 0)
        return 0;
    if ((data[0] & 1u) == 0u) {
        capture_feed(data + 1, size - 1);
        must_answer(1);
        return 0;
    }
    /* hello, then requests: type, how far ahead its number is, length, payload. */
    capture_feed(wired, stuffed(wired, frame, framed(frame, number, HELLO, session, 4, NULL)));
    data++;
    size--;
    while (size >= 3) {
        size_t count = data[2];
        const uint8_t type = data[0];

        number = (uint8_t)(number + (data[1] < 224 ? 1 : data[1]));
        data += 3;
        size -= 3;
        count = count > size ? size : count;
        count = count > GS_LINK_PAYLOAD ? GS_LINK_PAYLOAD : count;
        capture_feed(wired, stuffed(wired, frame, framed(frame, number, type, data, count, session)));
        data += count;
        size -= count;
    }
    must_answer(1);
    return 0;
}
