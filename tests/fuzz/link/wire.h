/* The wire of docs/link.md once more, written from its description and not from the link's code: CRC-32C by bits, COBS
 * by whole frames. What the fuzzers compare the link with. */
#ifndef WIRE_H
#define WIRE_H

#include <stdint.h>
#include <string.h>

#define HEADER 4u
#define CHECK 4u
#define LARGEST (GS_LINK_PAYLOAD + HEADER + CHECK)
/* The longest frame on the wire: a code byte for each 254, and a zero on either side. */
#define WIRED (LARGEST + LARGEST / 254u + 3u)

enum {
    HELLO = 1, DESCRIBE, ECHO, READ, STATE_READ, COST,
    RESET = 0x10, WRITE, STEP, RUN, STATE_WRITE, BYE,
    ANSWER = 0x80, FAILED = 0xFF
};

/* What capture.c offers: a link without a line. */
void capture_start(void);
void capture_feed(const uint8_t *bytes, size_t count);
size_t capture_take(uint8_t *to, size_t room);

static uint32_t crc_of(uint32_t crc, const uint8_t *bytes, size_t count)
{
    size_t i;
    int bit;

    for (i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (bit = 0; bit < 8; bit++)
            crc = (crc & 1u) ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
    }
    return crc;
}

static void little(uint8_t *to, uint32_t value, int bytes)
{
    int i;

    for (i = 0; i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* A frame without its COBS: length, number, type, payload, checksum. The session is 4 bytes, NULL for hello. */
static size_t framed(uint8_t *to, uint8_t number, uint8_t type, const uint8_t *payload, size_t count,
                     const uint8_t *session)
{
    uint32_t crc = 0xFFFFFFFFu;

    little(to, (uint32_t)count, 2);
    to[2] = number;
    to[3] = type;
    if (count)
        memcpy(to + HEADER, payload, count);
    if (session)
        crc = crc_of(crc, session, 4);
    little(to + HEADER + count, ~crc_of(crc, to, HEADER + count), 4);
    return HEADER + count + CHECK;
}

static size_t stuffed(uint8_t *to, const uint8_t *frame, size_t count)
{
    size_t at = 1, code = 0, i;

    to[0] = 0;
    code = at++;
    for (i = 0; i < count; i++) {
        if (frame[i] == 0) {
            to[code] = (uint8_t)(at - code);
            code = at++;
            continue;
        }
        to[at++] = frame[i];
        if (at - code == 255) {
            to[code] = 255;
            if (i + 1 == count) {
                to[at++] = 0;
                return at;
            }
            code = at++;
        }
    }
    to[code] = (uint8_t)(at - code);
    to[at++] = 0;
    return at;
}

/* The frame in a block between two zeros; 0 where it is not COBS. A full code at the end may lack what follows it. */
static size_t unstuffed(uint8_t *to, const uint8_t *block, size_t count)
{
    size_t at = 0, n = 0;

    while (at < count) {
        size_t code = block[at++];
        if (code == 0 || at + code - 1 > count)
            return 0;
        memcpy(to + n, block + at, code - 1);
        n += code - 1;
        at += code - 1;
        if (code != 255 && at < count)
            to[n++] = 0;
    }
    return n;
}

#endif
