<%doc>Primitives for Xtensa cores with MAC16.</%doc>\
<%namespace name="slabs" file="/slabs.mako"/>\
<%! from gatesmith.backends.c99.kernels.mac16 import GUARD %>\
<%def name="clamped(name, bits, asm, plain)">
<%call expr="gcc.either(asm, GUARD)">\
<%def name="assembly()">\
static inline int32_t ${name}(int32_t x)
{
    int32_t y; /* volatile, so that gates are not mixed, whose values would leave registers */
    __asm__ volatile("clamps %0, %1, ${bits - 1}" : "=r"(y) : "r"(x));
    return y;
}
</%def>\
${plain(name)}
</%call>\
</%def>
<%def name="saturate8(asm, plain)">${clamped("saturate8", 8, asm, plain)}</%def>
<%def name="saturate16(asm, plain)">${clamped("saturate16", 16, asm, plain)}</%def>
<%def name="widen_bytes()">
/* n bytes in 16 bits, zeros up to the next four of them; their sum. */
static inline int32_t widen_bytes(int16_t *to, const int8_t *x, int n)
{
    int32_t total = 0;
    int k = 0;
${gcc.unrolled(4)}\
${slabs.widened_rest()}\
</%def>
