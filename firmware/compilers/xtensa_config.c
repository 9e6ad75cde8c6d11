/* The Xtensa core of an ESP32 (LX6) as GCC 12 and later take it from XTENSA_GNU_CONFIG: a shared object with one table
 * a version. The order of the numbers is the interface's (include/xtensa-dynconfig.h of GCC), the values are the
 * core's. An ESP32-S3's LX7 has the same ones; its 128-bit vectors GCC does not use.
 *
 * GS_ESP32S2: an ESP32-S2's LX7, which has no FPU, no MAC16, no zero-overhead loops, no booleans and no s32c1i.
 * GS_NO_MUL32_HIGH: without muluh and mulsh, for an emulated core that lacks them. */

#ifdef GS_ESP32S2
#define LX6 0
#else
#define LX6 1
#endif

#ifdef GS_NO_MUL32_HIGH
#define MUL32_HIGH 0
#else
#define MUL32_HIGH 1
#endif

#define LATEST_LX6 260003

int plugin_is_GPL_compatible; /* GCC takes no plug-in without it */

const int xtensa_config_v1[54] = {
    0, /* big-endian */
    1, /* density: 16-bit instructions */
    0, /* const16 */
    1, /* abs */
    1, /* addx */
    1, /* l32r */
    0, /* absolute literals */
    1, /* literals in text sections */
    LX6, /* mac16 */
    1, /* mul16 */
    1, /* mull */
    MUL32_HIGH,
    1, /* div32 */
    1, /* nsa */
    1, /* min, max */
    1, /* sext */
    LX6, /* zero-overhead loops */
    1, /* threadptr */
    1, /* l32ai, s32ri */
    LX6, /* s32c1i */
    LX6, /* booleans */
    LX6, /* floating point, and its steps of */
    LX6, /* division, */
    LX6, /* reciprocal, */
    LX6, /* square root, */
    LX6, /* reciprocal square root; */
    LX6, /* loads and stores that advance their address */
    0, 0, 0, 0, 0, /* double precision, its division, reciprocal, square root and reciprocal square root */
    1,             /* windowed registers */
    64,            /* of them */
    0,             /* wide branches */
    0,             /* predicted branches */
    0, 0,          /* cache sizes: the chip's caches are outside of the core */
    16, 16, 4, 4,  /* line sizes, and their logarithms */
    0,             /* write-back */
    0, 1,          /* MMU, its smallest page */
    1, 2, 2, 6,    /* debugging: instruction and data breakpoints, level */
    3, 4,          /* bytes of the longest instruction, of a fetch */
    0, 0, 1,       /* ABI: windowed; what windowed and call0 are called */
};
const int xtensa_config_v2[3] = { 3, LATEST_LX6, LATEST_LX6 }; /* stage of memory access; hardware versions */
const int xtensa_config_v3[4] = { 0, 0, 0, 0 };                /* clamps, depbits, exclusive, XEA3 */
const int xtensa_config_v4[5] = { 4, 1, 1, 0, 0 };             /* data width; unaligned loads and stores trap */
const char *const xtensa_config_strings[] = {
#if LX6
    "__XCHAL_HAVE_FP=1",
    "__XCHAL_HAVE_LOOPS=1",
#endif
    "__XCHAL_HAVE_WINDOWED=1",
    0,
};
