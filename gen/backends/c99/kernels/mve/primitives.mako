<%doc>Primitives that other Arm cores have too.</%doc>\
<%namespace name="twin" file="/dsp/primitives.mako"/>\
<%def name="saturate16(asm, plain)">${twin.saturated("saturate16", 16, asm, plain, "__ARM_FEATURE_MVE")}</%def>
<%def name="upper_root(asm, plain)">
<%call expr="gcc.either(asm, '#if defined(__ARM_FP) && (__ARM_FP & 4)')">\
<%def name="assembly()">\
/* The upper 16 bits of the square root of x below 2^62, at least 1; places: how far they are above the lowest. */
static inline uint32_t upper_root(uint64_t x, int *places)
{
    const uint32_t top = (uint32_t)(x >> 32);
    const int up = top > 0 ? (33 - __builtin_clz(top)) >> 1 : 0;
    const uint32_t part = (uint32_t)(x >> 2 * up);
    float near;
    __asm__("vsqrt.f32 %0, %1" : "=t"(near) : "t"((float)part));
    uint32_t root = (uint32_t)(near + 0.015625f); /* at most one too large */
    root = root < 65535 ? root : 65535;
    root -= root * root > part;
    root = root > 0 ? root : 1;
    const int down = __builtin_clz(root) - 16;
    *places = up - down;
    return root << down;
}
</%def>\
${plain("upper_root")}
</%call>\
</%def>
