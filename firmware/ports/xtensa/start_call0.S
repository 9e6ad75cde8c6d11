/* Start and vectors of a core without windowed registers. */

    .section .reset, "ax" /* where the emulator begins */
    j       1f
    .balign 4
0:  .long   gs_entry
1:  l32r    a0, 0b
    jx      a0

    .section .vectors, "ax"
    .org    0x20 /* a debugger's, */
    j       gs_trapped
    .org    0x30 /* no mask holds it, */
    j       gs_trapped
    .org    0x50 /* the system's, */
    j       gs_trapped
    .org    0x70 /* the user's exception, */
    j       gs_trapped
    .org    0x80 /* an exception within one */
gs_trapped:
    rsr     a2, exccause
    rsr     a3, epc1
    movi    a1, gs_stack_top
    movi    a4, 15 /* interrupts off, no exception */
    wsr     a4, ps
    rsync
    movi    a0, gs_trap
    callx0  a0

    .section .start, "ax"
    .balign 4
    .literal_position
    .global gs_entry
gs_entry:
    movi    a1, gs_stack_top
    movi    a2, 15
    wsr     a2, ps
    rsync
    movi    a0, gs_start
    callx0  a0
