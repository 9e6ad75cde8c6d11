/* The device side of Gatesmith's link; see gatesmith_link.h and docs/link.md. */
#include "gatesmith_frame.h"
#include "gatesmith_link.h"

#include <string.h>

#define HEADER 4u /* length (2), sequence, type */
#define CRC 4u
#define CRC_START 0xFFFFFFFFu

/* Requests. Those from RESET on change something and are never executed twice under one sequence number. */
#define HELLO 0x01
#define DESCRIBE 0x02
#define ECHO 0x03
#define READ 0x04
#define STATE_READ 0x05
#define COST 0x06
#define RESET 0x10
#define WRITE 0x11
#define STEP 0x12
#define RUN 0x13
#define STATE_WRITE 0x14
#define BYE 0x15

#define REPLY 0x80
#define REPLY_ERROR 0xFF

/* What an error reply says. */
#define OK 0
#define NO_SESSION 1  /* hello must come first: the device has restarted, or never met this host */
#define OUT_OF_TURN 2 /* an earlier request is missing; nothing was executed */
#define UNKNOWN 3     /* no such request, or the model cannot do it */
#define BAD_LENGTH 4  /* the payload is not as long as this request's must be */
#define BAD_INDEX 5   /* no such input, output, axis or text */
#define BAD_RANGE 6   /* offset, length or number of steps beyond what there is */

#define FLAG_OPEN 1    /* a host has said hello */
#define FLAG_OVERRUN 2 /* the frame being received is longer than the buffer */

#define HAS_STEP 1
#define BIG_ENDIAN_DATA 2

static void send(gs_link_t *link, uint32_t seed, uint8_t type, uint16_t payload)
{
    uint8_t *frame = link->frame;
    const uint16_t covered = (uint16_t)(HEADER + payload);

    (void)put16(frame, payload);
    frame[3] = type;
    (void)put32(frame + covered, ~crc32c(seed, frame, covered));
    send_cobs(frame, (uint16_t)(covered + CRC));
}

static uint16_t copy_text(uint8_t *to, const char *text)
{
    uint16_t n;

    for (n = 0u; n < (uint16_t)GS_LINK_PAYLOAD; n++) {
        gs_flash_copy(to + n, text + n, 1u);
        if (to[n] == 0u)
            break;
    }
    return n;
}

/* The window [offset, offset + count) of an area of `size` bytes; NULL if it is not all inside. */
static uint8_t *window_of(void *area, size_t size, uint32_t offset, uint16_t count)
{
    if (offset > (uint32_t)size || count > (uint32_t)size - offset)
        return NULL;
    return (uint8_t *)area + (size_t)offset;
}

static uint8_t hello(gs_link_t *link, uint16_t *size)
{
    static const uint16_t probe = 1u;
    const gs_model_t *model = link->model;
    uint8_t *p = link->frame + HEADER;
    uint8_t first_byte;
    uint32_t session;

    if (*size != 4u)
        return BAD_LENGTH;
    session = crc32c(CRC_START, p, 4u);
    if ((link->flags & FLAG_OPEN) == 0u || session != link->session) {
        link->session = session;
        link->last = link->frame[2];
        link->flags |= FLAG_OPEN;
    }
    memcpy(&first_byte, &probe, 1u);
    p += 4;
    *p++ = GS_LINK_PROTOCOL;
    *p++ = (uint8_t)((model->step != NULL ? HAS_STEP : 0u) | (first_byte == 0u ? BIG_ENDIAN_DATA : 0u));
    p = put16(p, (uint16_t)GS_LINK_PAYLOAD);
    p = put16(p, link->window);
    *p++ = model->input_count;
    *p++ = model->output_count;
    *p++ = model->axis_count;
    p = put32(p, (uint32_t)model->state_bytes);
    gs_flash_copy(p, model->id, 16u);
    *size = 33u;
    return OK;
}

static uint8_t describe(gs_link_t *link, uint16_t *size)
{
    const gs_model_t *model = link->model;
    uint8_t *p = link->frame + HEADER;
    const uint8_t index = p[1];
    const uint8_t what = p[0];

    if (*size != 2u)
        return BAD_LENGTH;
    if (what == 0u && index < 2u) {
        *size = copy_text(p, index == 0u ? model->name : model->numeric);
        return OK;
    }
    if ((what == 1u && index < model->input_count) || (what == 2u && index < model->output_count)) {
        gs_port_t port;

        gs_flash_copy(&port, (what == 1u ? model->inputs : model->outputs) + index, sizeof port);
        p[0] = port.type;
        p[1] = (uint8_t)port.axis;
        p = put32(p + 2, (uint32_t)port.frame);
        (void)put32(p, (uint32_t)port.capacity);
        *size = 10u;
        return OK;
    }
    if (what == 3u && index < model->axis_count) {
        gs_axis_t axis;

        gs_flash_copy(&axis, model->axes + index, sizeof axis);
        p = put32(p, (uint32_t)axis.fixed);
        (void)put32(p, (uint32_t)axis.capacity);
        *size = 8u;
        return OK;
    }
    return BAD_INDEX;
}

/* READ and STATE_READ after their index: offset (4), count (2). */
static uint8_t fetch(gs_link_t *link, void *area, size_t area_size, const uint8_t *p, uint16_t *size)
{
    const uint16_t count = get16(p + 4);
    const uint8_t *from = window_of(area, area_size, get32(p), count);

    if (from == NULL || count > (uint16_t)GS_LINK_PAYLOAD)
        return BAD_RANGE;
    if (count != 0u)
        memcpy(link->frame + HEADER, from, count);
    *size = count;
    return OK;
}

/* WRITE and STATE_WRITE after their index: offset (4), bytes. */
static uint8_t store(void *area, size_t area_size, const uint8_t *p, uint16_t count)
{
    uint8_t *to = window_of(area, area_size, get32(p), count);

    if (to == NULL)
        return BAD_RANGE;
    if (count != 0u)
        memcpy(to, p + 4, count);
    return OK;
}

static uint8_t fits(const gs_model_t *model, const gs_port_t *ports, uint8_t count)
{
    uint8_t i;

    for (i = 0u; i < count; i++) {
        gs_port_t port;
        uint32_t stride;

        gs_flash_copy(&port, ports + i, sizeof port);
        stride = (uint32_t)port.frame * (port.type & 15u);
        if (port.axis >= 0 && stride != 0u && (uint32_t)port.capacity / stride < (uint32_t)model->steps[port.axis])
            return 0u;
    }
    return 1u;
}

static uint8_t take_steps(const gs_model_t *model, const uint8_t *p)
{
    uint8_t i;

    for (i = 0u; i < model->axis_count; i++) {
        const uint32_t steps = get32(p + 4u * i);
        gs_axis_t axis;

        gs_flash_copy(&axis, model->axes + i, sizeof axis);
        if (steps == 0u || steps > (uint32_t)SIZE_MAX || (axis.fixed != 0u && steps != axis.fixed) ||
            (axis.capacity != 0u && steps > axis.capacity))
            return BAD_RANGE;
        model->steps[i] = (size_t)steps;
    }
    if (!fits(model, model->inputs, model->input_count) || !fits(model, model->outputs, model->output_count))
        return BAD_RANGE;
    return OK;
}

static void timed(gs_link_t *link, void (*work)(void))
{
    memset(&link->cost, 0, sizeof link->cost);
    gs_port_cost_begin();
    work();
    gs_port_cost_end(&link->cost);
}

/* Executes the request in the buffer and puts the reply's payload in its place. *size: the request's payload on entry,
 * the reply's on return of OK. */
static uint8_t execute(gs_link_t *link, uint8_t type, uint16_t *size)
{
    const gs_model_t *model = link->model;
    uint8_t *p = link->frame + HEADER;
    const uint16_t n = *size;
    gs_port_t port;
    uint8_t status;

    switch (type) {
    case DESCRIBE:
        return describe(link, size);
    case ECHO:
        return OK;
    case READ:
        if (n != 7u)
            return BAD_LENGTH;
        if (p[0] >= model->output_count)
            return BAD_INDEX;
        gs_flash_copy(&port, model->outputs + p[0], sizeof port);
        return fetch(link, port.data, port.capacity, p + 1, size);
    case STATE_READ:
        if (n != 6u)
            return BAD_LENGTH;
        return fetch(link, model->state, model->state_bytes, p, size);
    case WRITE:
        if (n < 5u)
            return BAD_LENGTH;
        if (p[0] >= model->input_count)
            return BAD_INDEX;
        gs_flash_copy(&port, model->inputs + p[0], sizeof port);
        *size = 0u;
        return store(port.data, port.capacity, p + 1, (uint16_t)(n - 5u));
    case STATE_WRITE:
        if (n < 4u)
            return BAD_LENGTH;
        *size = 0u;
        return store(model->state, model->state_bytes, p, (uint16_t)(n - 4u));
    case RUN:
        if (n != 4u * model->axis_count)
            return BAD_LENGTH;
        status = take_steps(model, p);
        if (status == OK)
            timed(link, model->run);
        *size = 0u;
        return status;
    default:
        break;
    }
    if (n != 0u)
        return BAD_LENGTH;
    switch (type) {
    case COST:
        *p++ = link->cost.kind;
        p = put32(p, link->cost.count_low);
        p = put32(p, link->cost.count_high);
        p = put32(p, link->cost.hertz);
        (void)put32(p, link->cost.stack);
        *size = 17u;
        return OK;
    case RESET:
        model->reset();
        return OK;
    case STEP:
        if (model->step == NULL)
            return UNKNOWN;
        if (model->sound != NULL && model->sound() == 0u)
            return BAD_RANGE;
        timed(link, model->step);
        return OK;
    case BYE:
        return OK;
    default:
        return UNKNOWN;
    }
}

/* A request is executed if its number follows the last one that succeeded; so a request that was lost stops those sent
 * behind it, and an older number always means "this one was done, its answer was lost". */
static uint8_t in_turn(gs_link_t *link, uint8_t type, uint16_t *size)
{
    const uint8_t ahead = (uint8_t)(link->frame[2] - link->last);
    uint8_t status;

    if (ahead > 1u && ahead <= 128u)
        return OUT_OF_TURN;
    if (ahead != 1u && type >= RESET) {
        *size = 0u;
        return OK;
    }
    status = execute(link, type, size);
    if (status == OK && ahead == 1u)
        link->last++;
    return status;
}

static void answer(gs_link_t *link)
{
    uint8_t *frame = link->frame;
    const uint8_t type = frame[3];
    uint16_t size = get16(frame);
    uint32_t seed = CRC_START;
    uint8_t status = NO_SESSION;

    if ((uint32_t)link->fill != (uint32_t)size + HEADER + CRC || (type & REPLY) != 0u)
        return;
    /* The checksum of all but hello starts with the session: frames of another one are noise. */
    if (type == HELLO || (link->flags & FLAG_OPEN) != 0u) {
        if (type != HELLO)
            seed = link->session;
        if (get32(frame + HEADER + size) != (uint32_t)~crc32c(seed, frame, (uint16_t)(HEADER + size)))
            return;
        status = type == HELLO ? hello(link, &size) : in_turn(link, type, &size);
    }
    if (status != OK) {
        frame[HEADER] = status;
        frame[HEADER + 1u] = type;
        send(link, seed, REPLY_ERROR, 2u);
    } else {
        send(link, seed, (uint8_t)(type | REPLY), size);
    }
    if (status == OK && type == BYE)
        gs_port_quit();
}

static void begin_frame(gs_link_t *link)
{
    link->fill = 0u;
    link->left = 0u;
    link->code = 0xFFu;
    link->flags &= (uint8_t)~FLAG_OVERRUN;
}

static void append(gs_link_t *link, uint8_t byte)
{
    if (link->fill < (uint16_t)sizeof link->frame) {
        link->frame[link->fill] = byte;
        link->fill++;
    } else {
        link->flags |= FLAG_OVERRUN;
    }
}

void gs_link_init(gs_link_t *link, const gs_model_t *model, uint16_t window)
{
    memset(link, 0, sizeof *link);
    link->model = model;
    link->window = window;
    begin_frame(link);
}

void gs_link_byte(gs_link_t *link, uint8_t byte)
{
    if (byte == 0u) {
        if (link->left == 0u && (link->flags & FLAG_OVERRUN) == 0u && link->fill >= HEADER + CRC)
            answer(link);
        begin_frame(link);
    } else if (link->left != 0u) {
        append(link, byte);
        link->left--;
    } else {
        if (link->code != 0xFFu)
            append(link, 0u);
        link->code = byte;
        link->left = (uint8_t)(byte - 1u);
    }
}
