/* What a bare-metal port provides; bare/main.c does the rest. */
#ifndef GS_BOARD_H
#define GS_BOARD_H

#include <stdint.h>

#include "gatesmith_link.h"

void gs_board_init(void);
uint8_t gs_board_get(void);            /* blocks, at rest where the core can */
void gs_board_put(uint8_t byte);       /* blocks until the UART has taken it */
void gs_board_count_begin(void);       /* the counter at zero, running */
void gs_board_count_end(gs_cost_t *);  /* kind, count, hertz */
uint8_t *gs_board_stack_floor(void);   /* the lowest byte that the stack may use */
void gs_board_quit(void);              /* the host is gone; an emulator ends here, a board returns */

#endif
