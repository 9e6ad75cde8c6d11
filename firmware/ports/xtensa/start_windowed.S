/* Start and vectors of a core with windowed registers: what the Xtensa ISA prescribes for a window that does not fit
 * the register file (overflow) or is not in it any more (underflow), for callers of 4, 8 and 12 registers. */

    .section .vectors, "ax"
gs_vectors:
    /* overflow, 4 registers: below the stack pointer of the frame above */
    s32e    a0, a5, -16
    s32e    a1, a5, -12
    s32e    a2, a5, -8
    s32e    a3, a5, -4
    rfwo
    .org    0x40
    l32e    a0, a5, -16
    l32e    a1, a5, -12
    l32e    a2, a5, -8
    l32e    a3, a5, -4
    rfwu
    .org    0x80
    /* overflow, 8: four more below the caller's stack pointer */
    s32e    a0, a9, -16
    l32e    a0, a1, -12
    s32e    a1, a9, -12
    s32e    a2, a9, -8
    s32e    a3, a9, -4
    s32e    a4, a0, -32
    s32e    a5, a0, -28
    s32e    a6, a0, -24
    s32e    a7, a0, -20
    rfwo
    .org    0xC0
    l32e    a0, a9, -16
    l32e    a1, a9, -12
    l32e    a2, a9, -8
    l32e    a7, a1, -12
    l32e    a3, a9, -4
    l32e    a4, a7, -32
    l32e    a5, a7, -28
    l32e    a6, a7, -24
    l32e    a7, a7, -20
    rfwu
    .org    0x100
    s32e    a0, a13, -16
    l32e    a0, a1, -12
    s32e    a1, a13, -12
    s32e    a2, a13, -8
    s32e    a3, a13, -4
    s32e    a4, a0, -48
    s32e    a5, a0, -44
    s32e    a6, a0, -40
    s32e    a7, a0, -36
    s32e    a8, a0, -32
    s32e    a9, a0, -28
    s32e    a10, a0, -24
    s32e    a11, a0, -20
    rfwo
    .org    0x140
    l32e    a0, a13, -16
    l32e    a1, a13, -12
    l32e    a2, a13, -8
    l32e    a11, a1, -12
    l32e    a3, a13, -4
    l32e    a4, a11, -48
    l32e    a5, a11, -44
    l32e    a6, a11, -40
    l32e    a7, a11, -36
    l32e    a8, a11, -32
    l32e    a9, a11, -28
    l32e    a10, a11, -24
    l32e    a11, a11, -20
    rfwu
    .org    0x300 /* kernel exceptions */
    j       gs_trapped
    .org    0x340 /* user exceptions */
    j       gs_trapped
    .org    0x3C0 /* an exception within one */
    j       gs_trapped
    .org    0x400

    .section .reset, "ax" /* where the emulator begins */
    j       1f
    .balign 4
0:  .long   gs_entry
1:  l32r    a0, 0b
    jx      a0

    .section .start, "ax"
    .balign 4
    .literal_position
    .literal .Lvectors, gs_vectors
    .literal .Lstack, gs_stack_top
    .literal .Lstate, 0x4000F /* windows on, interrupts off, no exception */
    .literal .Lgo, gs_start
    .literal .Ltrap, gs_trap

    .macro  fresh /* one window, an empty stack */
    movi    a0, 1
    wsr     a0, windowstart
    movi    a0, 0
    wsr     a0, windowbase
    rsync
    l32r    a1, .Lstack
    l32r    a0, .Lstate
    wsr     a0, ps
    rsync
    movi    a0, 0
    .endm

    .global gs_entry
gs_entry:
    l32r    a0, .Lvectors
    wsr     a0, vecbase
    movi    a0, 255
    wsr     a0, cpenable
    fresh
    l32r    a8, .Lgo
    callx8  a8

gs_trapped:
    fresh
    rsr     a10, exccause
    rsr     a11, epc1
    l32r    a8, .Ltrap
    callx8  a8
