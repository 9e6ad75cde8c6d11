<%doc>Integer primitives in AVR's instructions, and in plain C for other compilers.</%doc>\
<%!
    from gatesmith.backends.c99.kernels.avr.sequences import PROMISED, clobbered

    def crossed(one, other):
        return [f"mulsu r{one}, r{other}", "sbc r27, r21", "add r25, r0", "adc r26, r1", "adc r27, r21"]

    PRODUCT = [ # of r25:24 and r23:22, in r24 to r27; r20 places down, whole bytes first, and the last bit out is added
        "movw r18, r24", "clr r21", "muls r19, r23", "movw r26, r0", "mul r18, r22", "movw r24, r0",
        *crossed(19, 22), *crossed(23, 18), "clr r1",
        "cpi r20, 16", "brsh 5f", "cpi r20, 15", "breq 4f", "cpi r20, 8", "brsh 2f", "tst r20", "breq 1f",
        "0: asr r27", "ror r26", "ror r25", "ror r24", "dec r20", "brne 0b",
        "adc r24, r1", "adc r25, r1", "adc r26, r1", "adc r27, r1",
        "1: movw r22, r24", "movw r24, r26", "rjmp 9f",
        "2: subi r20, 8", "lsl r24", "tst r20", "breq 3f",
        "0: asr r27", "ror r26", "ror r25", "dec r20", "brne 0b",
        "3: adc r25, r1", "adc r26, r1", "adc r27, r1", "mov r22, r25", "mov r23, r26", "mov r24, r27",
        "lsl r27", "sbc r25, r25", "rjmp 9f",
        "4: lsl r24", "rol r25", "rol r26", "rol r27", "sbc r24, r24", "lsl r25",
        "adc r26, r1", "adc r27, r1", "adc r24, r1", "movw r22, r26", "mov r25, r24", "rjmp 9f",
        "5: subi r20, 16", "lsl r25", "tst r20", "breq 6f",
        "0: asr r27", "ror r26", "dec r20", "brne 0b",
        "6: adc r26, r1", "adc r27, r1", "movw r22, r26", "lsl r27", "sbc r24, r24", "mov r25, r24", "9:",
    ]

    TANH = [ # x in r25:24, the table at r23:22
        "bst r25, 7", "brtc 1f", "com r25", "neg r24", "sbci r25, 255",
        "1: mov r20, r24", "andi r20, 63", "clr r21", # what is between two points
        "lsl r24", "rol r25", "rol r21", "lsl r24", "rol r25", "rol r21", # the point is r21:25
        "lsl r25", "rol r21", "movw r30, r22", "add r30, r25", "adc r31, r21",
        "lpm r24, Z+", "lpm r25, Z+", "lpm r18, Z+", "lpm r19, Z+", "sub r18, r24", "sbc r19, r25",
        "mul r18, r20", "movw r22, r0", "mul r19, r20", "add r23, r0", "clr r1", "clr r21", # below 2^15
        "lsl r22", "rol r23", "rol r21", "lsl r22", "rol r23", "rol r21", "lsl r22",
        "adc r24, r23", "adc r25, r21",
        "brtc 2f", "com r25", "neg r24", "sbci r25, 255", "2:",
    ]
%>\
<%namespace name="products" file="/products.mako"/>\
<%def name="round_product(asm)">
/* a b / 2^n of 16-bit a and b to the nearest integer, halves up. */
<%call expr="gcc.either(asm, '#if ' + PROMISED)">\
<%def name="assembly()">\
__attribute__((noinline)) static int32_t round_product_16(int16_t a, int16_t b, uint8_t n)
{
    register int16_t one __asm__("r24") = a;
    register int16_t other __asm__("r22") = b;
    register uint8_t places __asm__("r20") = n;
    register int32_t y __asm__("r22");
    __asm__(
${quoted(PRODUCT, " " * 8)}
        : "=r"(y), "+r"(places)
        : "r"(one), "r"(other)
        : ${clobbered(PRODUCT, (20, 22, 23, 24, 25))});
    return y;
}
static inline int32_t round_product(int32_t a, int32_t b, int n)
{
    return round_product_16((int16_t)a, (int16_t)b, (uint8_t)n);
}
</%def>\
static inline int32_t round_product(int32_t a, int32_t b, int n) { return (a * b + ((int32_t)1 << n >> 1)) >> n; }
</%call>\
</%def>
<%def name="rescale()">${products.rescale()}</%def>
<%def name="gate_tanh(space, asm, plain)">
<%call expr="gcc.either(asm, '#if ' + PROMISED)">\
<%def name="assembly()">\
/* y 2^-15 = tanh(x 2^-12), x from -32768 to 32767, y from -32767 to 32767: points 1/64 apart, error below 4.7e-5. */
__attribute__((noinline)) static int16_t gate_tanh_16(int16_t x, const ${space}int16_t *table)
{
    register int16_t y __asm__("r24") = x;
    register const ${space}int16_t *points __asm__("r22") = table;
    __asm__(
${quoted(TANH, " " * 8)}
        : "+r"(y), "+r"(points)
        :
        : ${clobbered(TANH, range(22, 26))});
    return y;
}
static inline int32_t gate_tanh(int32_t x) { return gate_tanh_16((int16_t)x, tanh_table); }
</%def>\
${plain("gate_tanh")}
</%call>\
</%def>
