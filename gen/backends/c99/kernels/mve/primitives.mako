<%doc>Primitives in one instruction. Needs: plain, a primitive in plain C.</%doc>\
<%def name="saturate16(plain)">
#if defined(__ARM_FEATURE_SAT)
static inline int32_t saturate16(int32_t x) { return __ssat(x, 16); }
#else
${plain("saturate16")}
#endif
</%def>
