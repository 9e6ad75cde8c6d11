/* Frames by the million, with and without faults: frames COUNT SEED. What must not be: a request executed that was not
 * sent, or twice; an answer accepted that was not given; a link that a fault has made deaf; anything a sanitizer sees. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "gatesmith_link.h"

#include "wire.h"

#define OUTSIDE 6 /* what an error reply says of a window beyond the end */
#define STATE 16u /* bytes of the toy's state: three sums and the number of steps, float32 */
#define ROOM (4u * WIRED + 4096u)

static uint64_t seed;
static struct {
    unsigned long frames, whole, damaged, answers, damaged_answers, undetected, wrong, deaf;
} told;

static uint32_t dice(uint32_t sides)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 32) % sides);
}

static void noise(uint8_t *to, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++)
        to[i] = (uint8_t)dice(256);
}

/* One to three faults, in place. */
static size_t damage(uint8_t *bytes, size_t count)
{
    uint32_t faults = 1 + dice(3);

    while (faults-- && count > 0) {
        const size_t at = dice((uint32_t)count);
        size_t span = 1 + dice(8), i;

        if (span > count - at)
            span = count - at;
        switch (dice(8)) {
        case 0: /* a bit */
            bytes[at] ^= (uint8_t)(1u << dice(8));
            break;
        case 1: /* a burst */
            noise(bytes + at, span);
            break;
        case 2: /* lost */
            memmove(bytes + at, bytes + at + span, count - at - span);
            count -= span;
            break;
        case 3: /* twice */
            memmove(bytes + at + span, bytes + at, count - at);
            count += span;
            break;
        case 4: /* more */
            memmove(bytes + at + span, bytes + at, count - at);
            noise(bytes + at, span);
            count += span;
            break;
        case 5: /* cut */
            count = at;
            break;
        case 6: /* the whole frame twice */
            if (2 * count <= ROOM / 2) {
                memcpy(bytes + count, bytes, count);
                count *= 2;
            }
            break;
        default: /* turned round */
            for (i = 0; i < span / 2; i++) {
                const uint8_t kept = bytes[at + i];
                bytes[at + i] = bytes[at + span - 1 - i];
                bytes[at + span - 1 - i] = kept;
            }
        }
    }
    return count;
}

/* How many blocks of a stream hold exactly this frame; and, in *others, how many hold another with a right checksum. */
static unsigned blocks(const uint8_t *bytes, size_t count, const uint8_t *frame, size_t length, const uint8_t *session,
                       unsigned *others)
{
    static uint8_t found[ROOM];
    size_t at, from = 0;
    unsigned same = 0;

    for (at = 0; at < count; at++) {
        size_t n;

        if (bytes[at] != 0)
            continue;
        n = unstuffed(found, bytes + from, at - from);
        from = at + 1;
        if (n == length && memcmp(found, frame, n) == 0) {
            same++;
        } else if (n >= HEADER + CHECK && others) {
            uint32_t crc = crc_of(0xFFFFFFFFu, session, 4);
            uint8_t check[CHECK];

            little(check, ~crc_of(crc, found, n - CHECK), 4);
            *others += memcmp(check, found + n - CHECK, CHECK) == 0;
        }
    }
    return same;
}

/* The toy's step on inputs that are zero. */
static void stepped(uint8_t *state)
{
    float value[STATE / 4u];
    int i;

    memcpy(value, state, STATE);
    for (i = 0; i < 3; i++)
        value[i] = value[i] * 0.5f + 0.0f;
    value[3] += 1.0f;
    memcpy(state, value, STATE);
}

static unsigned zeros(const uint8_t *bytes, size_t count)
{
    unsigned n = 0;

    while (count--)
        n += *bytes++ == 0;
    return n;
}

int main(int argc, char **argv)
{
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000ul;
    static uint8_t sent[ROOM], heard[1u << 20], back[ROOM];
    uint8_t frame[LARGEST], answer[LARGEST], payload[GS_LINK_PAYLOAD], session[4], state[STATE];
    uint8_t number = 0;
    unsigned long i;

    seed = (argc > 2 ? strtoull(argv[2], NULL, 10) : 1ull) * 0x9E3779B97F4A7C15ull + 1ull;
    alarm(argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : 3600u);
    capture_start();
    memset(state, 0, sizeof state);
    for (i = 0; i < count; i++) {
        const int hello = i % 512 == 0;
        const int faulty = !hello && dice(2);
        int beyond = 0;
        uint8_t type = HELLO;
        size_t length = 4, want = 0, n, bytes;
        unsigned whole, others = 0, said;
        uint32_t from, span;

        if (hello) {
            noise(session, 4);
            memcpy(payload, session, 4);
            number = (uint8_t)dice(256);
        } else {
            number++;
            from = dice(STATE + 1);
            span = dice(STATE + 1 - from);
            switch (dice(6)) {
            case 0:
                type = STATE_WRITE;
                little(payload, from, 4);
                noise(payload + 4, span);
                length = 4 + span;
                break;
            case 1:
                type = STATE_READ;
                little(payload, from, 4);
                little(payload + 4, span, 2);
                length = 6;
                want = span;
                memcpy(answer + HEADER, state + from, span);
                break;
            case 2:
                type = RESET;
                length = 0;
                break;
            case 4:
                type = STEP;
                length = 0;
                break;
            case 3: /* refused, and nothing is done */
                beyond = 1;
                type = STATE_WRITE;
                little(payload, STATE + dice(3) * 0x7FFFFFF0u, 4);
                noise(payload + 4, 8);
                length = 12;
                break;
            default:
                type = ECHO;
                length = dice(GS_LINK_PAYLOAD + 1);
                noise(payload, length);
                if (dice(2))
                    memset(payload, dice(2) ? 0 : 0xFF, length);
                want = length;
                memcpy(answer + HEADER, payload, length);
            }
        }
        n = framed(frame, number, type, payload, length, hello ? NULL : session);
        bytes = stuffed(sent, frame, n);
        if (faulty)
            bytes = damage(sent, bytes);
        sent[bytes++] = 0; /* what a fault left open ends here */
        whole = blocks(sent, bytes, frame, n, session, NULL);
        capture_feed(sent, bytes);
        bytes = capture_take(heard, sizeof heard);
        said = zeros(heard, bytes) / 2;
        told.frames++;
        told.whole += whole != 0;
        told.damaged += faulty;
        told.answers += said;
        told.undetected += said > whole;
        told.deaf += said < whole;
        if (whole == 0) {
            number--;
            continue;
        }
        if (hello)
            continue;
        /* The answer, or the refusal; a repeat of what changes something is confirmed without doing it again. */
        if (beyond) {
            payload[0] = OUTSIDE;
            payload[1] = type;
            n = framed(answer, number, FAILED, payload, 2, session);
            number--;
        } else {
            if (type == STATE_WRITE) {
                memcpy(state + payload[0], payload + 4, length - 4);
            } else if (type == RESET) {
                memset(state, 0, sizeof state);
            } else if (type == STEP) {
                stepped(state);
            }
            memcpy(back, answer + HEADER, want);
            n = framed(answer, number, (uint8_t)(type | ANSWER), back, want, session);
        }
        told.wrong += blocks(heard, bytes, answer, n, session, NULL) != whole;
        /* The way back. */
        memcpy(back, heard, bytes);
        bytes = damage(back, bytes);
        back[bytes++] = 0;
        (void)blocks(back, bytes, answer, n, session, &others);
        told.damaged_answers++;
        told.undetected += others;
    }
    printf("frames %lu: %lu arrived whole, %lu damaged, %lu answers, %lu of them damaged; "
           "%lu undetected, %lu wrong, %lu unanswered\n",
           told.frames, told.whole, told.damaged, told.answers, told.damaged_answers, told.undetected, told.wrong,
           told.deaf);
    return told.undetected || told.wrong || told.deaf;
}
