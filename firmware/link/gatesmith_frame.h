/* What frames are made of: CRC-32C, little-endian numbers, COBS. Private to gatesmith_link.c. */
#ifndef GATESMITH_FRAME_H
#define GATESMITH_FRAME_H

#include "gatesmith_link.h"

#include <string.h>

/* Continues a CRC-32C from its register, not yet inverted. */
static uint32_t crc32c(uint32_t crc, const uint8_t *bytes, uint16_t count)
{
    static const uint32_t table[16] GS_FLASH = {
        0x00000000u, 0x105EC76Fu, 0x20BD8EDEu, 0x30E349B1u, 0x417B1DBCu, 0x5125DAD3u, 0x61C69362u, 0x7198540Du,
        0x82F63B78u, 0x92A8FC17u, 0xA24BB5A6u, 0xB21572C9u, 0xC38D26C4u, 0xD3D3E1ABu, 0xE330A81Au, 0xF36E6F75u,
    };

    while (count != 0u) {
        uint8_t half;

        crc ^= *bytes;
        for (half = 0u; half < 2u; half++) {
            uint32_t entry;

            gs_flash_copy(&entry, &table[crc & 15u], sizeof entry);
            crc = (crc >> 4) ^ entry;
        }
        bytes++;
        count--;
    }
    return crc;
}

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | (uint16_t)((uint16_t)p[1] << 8));
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)get16(p) | ((uint32_t)get16(p + 2) << 16);
}

static uint8_t *put16(uint8_t *p, uint16_t value)
{
    p[0] = (uint8_t)(value & 0xFFu);
    p[1] = (uint8_t)(value >> 8);
    return p + 2;
}

static uint8_t *put32(uint8_t *p, uint32_t value)
{
    p = put16(p, (uint16_t)(value & 0xFFFFu));
    return put16(p, (uint16_t)(value >> 16));
}

/* COBS out of the frame buffer, a zero on either side. A block's code byte counts itself and the bytes before the next
 * zero; 255 means that no zero follows. */
static void send_cobs(const uint8_t *bytes, uint16_t count)
{
    static const uint8_t zero = 0u;
    uint8_t more = 1u;

    gs_port_write(&zero, 1u);
    while (more) {
        uint8_t run = 0u;
        uint8_t code;

        while (run < 254u && run < count && bytes[run] != 0u)
            run++;
        code = (uint8_t)(run + 1u);
        gs_port_write(&code, 1u);
        if (run != 0u)
            gs_port_write(bytes, run);
        bytes += run;
        count = (uint16_t)(count - run);
        more = count != 0u;
        if (more && run < 254u) {
            bytes++;
            count--;
        }
    }
    gs_port_write(&zero, 1u);
}

#endif
