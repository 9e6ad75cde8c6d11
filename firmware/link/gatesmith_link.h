/* Gatesmith's link: how a host talks to a generated model on a device. docs/link.md has the protocol.
 *
 * Three parties meet here:
 *   the link (gatesmith_link.c)  frames, checks, answers; knows no model and no UART
 *   the glue (generated)         one gs_model_t: the model's buffers, state and functions
 *   the port (firmware/ports)    feeds received bytes to gs_link_byte() and defines the gs_port_ functions
 */
#ifndef GATESMITH_LINK_H
#define GATESMITH_LINK_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Largest payload of a frame in bytes, for requests and replies alike; the same in every file of one program.
 * It is the link's RAM: sizeof(gs_link_t) is this plus about 50. */
#ifndef GS_LINK_PAYLOAD
#define GS_LINK_PAYLOAD 128
#endif
#if GS_LINK_PAYLOAD < 48 || GS_LINK_PAYLOAD > 32768
#error "GS_LINK_PAYLOAD must be 48 to 32768 bytes"
#endif

/* Constants that may live outside the data space: GS_FLASH marks them, gs_flash_copy() reads them. */
#if defined(__AVR__)
#include <avr/pgmspace.h>
#define GS_FLASH PROGMEM
#define gs_flash_copy(to, from, bytes) ((void)memcpy_P((to), (from), (bytes)))
#else
#define GS_FLASH
#define gs_flash_copy(to, from, bytes) ((void)memcpy((to), (from), (bytes)))
#endif

#define GS_LINK_PROTOCOL 1

/* ---- what the generated glue provides ---- */

/* Element types of inputs and outputs: high half the kind, low half the size in bytes. */
#define GS_FLOAT32 0x14
#define GS_INT8 0x21
#define GS_INT16 0x22
#define GS_INT32 0x24

#define GS_NO_AXIS (-1)

/* One input or output. A step uses the first `frame` elements of the buffer, a run `frame` times the axis' length. */
typedef struct {
    void *data;      /* the glue's buffer, aligned for its elements */
    size_t capacity; /* its size in bytes */
    size_t frame;    /* elements a position on the axis; all elements where there is no axis */
    int8_t axis;     /* index into the model's axes, or GS_NO_AXIS */
    uint8_t type;    /* GS_FLOAT32, ... */
} gs_port_t;

/* One sequence length, shared by the inputs and outputs that name it. */
typedef struct {
    size_t fixed;    /* the length if the model fixes it, else 0 */
    size_t capacity; /* longest length if variable; 0: only the buffers of inputs and outputs limit it */
} gs_axis_t;

/* Where a model's state and buffers lie: -DGS_LARGE='__attribute__((section(".sdram")))', for example. */
#if defined(GS_LARGE) && defined(ESP_PLATFORM)
#include <esp_attr.h> /* EXT_RAM_BSS_ATTR, which is PSRAM if sdkconfig allows variables there */
#endif
#ifndef GS_LARGE
#define GS_LARGE
#endif

/* The model. Strings and the three tables are marked GS_FLASH; this struct itself is plain const. */
typedef struct {
    const char *name;         /* GS_FLASH; as in NAME_step */
    const char *id;           /* GS_FLASH; exactly 16 hexadecimal digits */
    const char *numeric;      /* GS_FLASH; "float32", ... */
    const gs_port_t *inputs;  /* GS_FLASH */
    const gs_port_t *outputs; /* GS_FLASH */
    const gs_axis_t *axes;    /* GS_FLASH; NULL if axis_count is 0 */
    size_t *steps;            /* axis_count lengths that the link fills in before run; NULL if axis_count is 0 */
    void *state;              /* the model's struct: a host may save and restore its bytes */
    size_t state_bytes;
    void (*reset)(void); /* state to zero */
    void (*step)(void);  /* one time step from the input buffers to the output buffers; NULL if not causal */
    void (*run)(void);   /* one whole call, lengths in steps[] (fixed axes included) */
    uint8_t (*sound)(void); /* 0 where a host has put places in the state beyond what step relies on; NULL: it has none */
    uint8_t input_count;
    uint8_t output_count;
    uint8_t axis_count;
} gs_model_t;

extern const gs_model_t gs_model;

/* ---- what the port provides ---- */

#define GS_COST_NONE 0
#define GS_COST_NANOSECONDS 1
#define GS_COST_CYCLES 2
#define GS_COST_INSTRUCTIONS 3

/* The cost of the last step or run. */
typedef struct {
    uint32_t count_low; /* 64 bits in two halves: small cores have no cheap uint64_t */
    uint32_t count_high;
    uint32_t hertz; /* rate of the counter if kind is GS_COST_CYCLES and it is known, else 0 */
    uint32_t stack; /* deepest stack in bytes, 0 if unknown */
    uint8_t kind;   /* GS_COST_... */
} gs_cost_t;

void gs_port_write(const uint8_t *bytes, uint16_t count); /* blocks until all are accepted */
void gs_port_cost_begin(void);                            /* just before a step or run */
void gs_port_cost_end(gs_cost_t *cost);                   /* just after it; *cost comes in as zeros */
void gs_port_quit(void);                                  /* the host said goodbye; a board just returns */

/* ---- the link ---- */

/* The fields are the link's own. */
typedef struct {
    const gs_model_t *model;
    gs_cost_t cost;
    uint32_t session; /* CRC register after the host's session number */
    uint16_t window;
    uint16_t fill;
    uint8_t code;
    uint8_t left;
    uint8_t last;
    uint8_t flags;
    uint8_t frame[GS_LINK_PAYLOAD + 8];
} gs_link_t;

/* Prepares *link. window: bytes that the port stores while the model runs and the link answers (an interrupt's ring
 * buffer, a pipe); 0 makes the host wait for each answer before it sends the next request. */
void gs_link_init(gs_link_t *link, const gs_model_t *model, uint16_t window);

/* Takes one received byte; when it ends a good frame, executes the request and writes the reply before returning. */
void gs_link_byte(gs_link_t *link, uint8_t byte);

#ifdef __cplusplus
}
#endif

#endif
