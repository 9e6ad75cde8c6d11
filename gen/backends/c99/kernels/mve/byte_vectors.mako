<%doc>Results from sums of int8, a vector at a time.</%doc>\
<%!
    def sixteen():
        """Sixteen sums to bytes: those of even rows go to q0, of odd ones to q1."""
        lines = [f"vld4{k}.32 {{q0, q1, q2, q3}}, [%[sums]]{'!' if k == 3 else ''}" for k in range(4)]
        lines += [f"vshl.s32 q{k}, %[pre]" for k in range(4)]
        lines += ["vqmovnb.s32 q0, q0", "vqmovnt.s32 q0, q2", "vqmovnb.s32 q1, q1", "vqmovnt.s32 q1, q3"]
        lines += ["vld20.16 {q2, q3}, [%[m]]", "vld21.16 {q2, q3}, [%[m]]!", "vmulh.s16 q0, q0, q2", "vmulh.s16 q1, q1, q3"]
        lines += ["vrshl.s16 q0, %[post]", "vrshl.s16 q1, %[post]", "vqadd.s16 q0, q0, %[zero]", "vqadd.s16 q1, q1, %[zero]"]
        return lines + ["vqmovnb.s16 q0, q0", "vqmovnt.s16 q0, q1", "vstrb.8 q0, [%[y]], #16"]
%>\
<%def name="rows_to_bytes(asm)">
/* y = round(sum 2^-pre m 2^-post) + zero, from low to high: n rows, whose sums hold what rounds the first shift. */
static inline void rows_to_bytes(int8_t *y, const int32_t *sums, const int16_t *m, int n, int pre, int post, int32_t zero, int32_t low, int32_t high)
{
#if defined(__ARM_FEATURE_MVE)
    int k = 0;
% if asm:
    if (post > 16) { /* the upper half of a product has all that the rest of the shift looks at */
        for (; n >= 16; n -= 16) {
            __asm__ volatile(
${quoted(sixteen(), " " * 16)}
                : [sums] "+r"(sums), [m] "+r"(m), [y] "+r"(y)
                : [pre] "r"(-pre), [post] "r"(16 - post), [zero] "r"(zero)
                : "memory", "q0", "q1", "q2", "q3");
            if (low > -128 || high < 127) {
                vstrbq_s8(y - 16, vmaxq_s8(vminq_s8(vldrbq_s8(y - 16), vdupq_n_s8((int8_t)high)), vdupq_n_s8((int8_t)low)));
            }
        }
    }
% endif
    for (; k < n; k += 4) {
        const mve_pred16_t inside = vctp32q((uint32_t)(n - k));
        const int32x4_t sum = vshlq_r_s32(vldrwq_z_s32(sums + k, inside), -pre);
        const int32x4_t narrow = vmovlbq_s16(vqmovnbq_s32(vreinterpretq_s16_s32(sum), sum));
        const int32x4_t value = vaddq_n_s32(vrshlq_n_s32(vmulq_s32(narrow, vldrhq_z_s32(m + k, inside)), -post), zero);
        vstrbq_p_s32(y + k, vmaxq_s32(vminq_s32(value, vdupq_n_s32(high)), vdupq_n_s32(low)), inside);
    }
#else
    for (int k = 0; k < n; k++) {
        const int32_t value = round_shift(saturate16(sums[k] >> pre) * m[k], post) + zero;
        y[k] = (int8_t)clamp(value, low, high);
    }
#endif
}
</%def>
<%def name="narrow_each()">
/* y = round(x 2^-pre m 2^-post) + zero in 8 bits, of n values. */
static inline void narrow_each(int8_t *y, const int16_t *x, int n, int pre, int16_t m, int post, int16_t zero)
{
#if defined(__ARM_FEATURE_MVE)
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
    for (int k = 0; k < n; k += 8) {
        const mve_pred16_t inside = (mve_pred16_t)vctp16q((uint32_t)(n - k));
        const int16x8_t from = vrshlq_n_s16(vldrhq_z_s16(x + k, inside), -pre);
        vstrbq_p_s16(y + k, vector_narrow(from, m, post, zero), inside);
    }
#else
    ${over("int k", "n", "y[k] = (int8_t)saturate8(rescale(x[k], pre, m, post) + zero);")}
#endif
}
</%def>
<%def name="begin_rows()">
/* n sums begin with their biases: in line, as C libraries may copy byte by byte. */
static inline void begin_rows(int32_t *sums, const int32_t *bias, int n)
{
    int k = 0;
#if defined(__ARM_FEATURE_MVE)
#pragma GCC unroll 8
    for (; k + 4 <= n; k += 4) {
        vstrwq_s32(sums + k, vldrwq_s32(bias + k));
    }
#endif
    ${over("k", "n", "sums[k] = bias[k];")}
}
</%def>
<%def name="vector_saturate()">
#if defined(__ARM_FEATURE_MVE)
/* saturate16 of four values. */
static inline int32x4_t vector_saturate(int32x4_t x) { return vmovlbq_s16(vqmovnbq_s32(vreinterpretq_s16_s32(x), x)); }
#endif
</%def>
<%def name="vector_argument()">
#if defined(__ARM_FEATURE_MVE)
/* Four values in 16 bits. */
static inline void vector_argument(int16_t *to, int32x4_t value)
{
    vstrhq_s32(to, vreinterpretq_s32_s16(vqmovnbq_s32(vreinterpretq_s16_s32(value), value)));
}
#endif
</%def>
<%def name="vector_gate_tanh()">
#if defined(__ARM_FEATURE_MVE)
/* gate_tanh of eight values: a slope of the table, at most 512, times part stays within 16 bits. */
static inline int16x8_t vector_gate_tanh(int16x8_t x)
{
    const uint16x8_t size = vreinterpretq_u16_s16(vabsq_s16(x));
    const uint16x8_t at = vshrq_n_u16(size, 6);
    const int16x8_t near = vldrhq_gather_shifted_offset_s16(tanh_table, at);
    const int16x8_t next = vldrhq_gather_shifted_offset_s16(tanh_table + 1, at);
    const int16x8_t part = vandq_s16(vreinterpretq_s16_u16(size), vdupq_n_s16(63));
    const int16x8_t y = vaddq_s16(near, vrshrq_n_s16(vmulq_s16(vsubq_s16(next, near), part), 6));
    const int16x8_t sign = vshrq_n_s16(x, 15);
    return vsubq_s16(veorq_s16(y, sign), sign);
}
#endif
</%def>
<%def name="vector_gate_sigmoid()">
#if defined(__ARM_FEATURE_MVE)
/* gate_sigmoid of eight values: (y + 32768) / 2. */
static inline int16x8_t vector_gate_sigmoid(int16x8_t x) { return vaddq_n_s16(vshrq_n_s16(vector_gate_tanh(x), 1), 16384); }
#endif
</%def>
<%def name="vector_product()">
#if defined(__ARM_FEATURE_MVE)
/* x m 2^-post of eight values, in 16 bits. */
static inline int16x8_t vector_product(int16x8_t x, int16_t m, int post)
{
    const int16x8_t by = vdupq_n_s16(m);
    const int32x4_t even = vrshlq_n_s32(vmullbq_int_s16(x, by), -post);
    const int32x4_t odd = vrshlq_n_s32(vmulltq_int_s16(x, by), -post);
    return vqmovntq_s32(vqmovnbq_s32(vreinterpretq_s16_s32(even), even), odd);
}
#endif
</%def>
<%def name="vector_narrow()">
#if defined(__ARM_FEATURE_MVE)
/* x m 2^-post + zero of eight values, in 8 bits. */
static inline int16x8_t vector_narrow(int16x8_t x, int16_t m, int post, int16_t zero)
{
    const int16x8_t both = vqaddq_n_s16(vector_product(x, m, post), zero);
    return vreinterpretq_s16_s8(vqmovnbq_s16(vreinterpretq_s8_s16(both), both)); /* in the even bytes */
}
#endif
</%def>
<%def name="depthwise_bytes()">
/* y of each channel from the places of a window, whose weights lie by places: results as of rows_to_bytes. */
static inline void depthwise_bytes(int8_t *y, const int8_t *const *from, int taps, const int8_t *w, const int32_t *bias,
                                   const int16_t *m, int channels, int pre, int post, int32_t zero, int32_t low, int32_t high)
{
    int c = 0;
#if defined(__ARM_FEATURE_MVE)
    for (const int end = channels & ~15; c != end; c += 16) {
        const int8_t *by = w + c;
        const int8_t *const *at = from;
        int32_t sums[16];
        int32x4x4_t sum = vld4q_s32(bias + c); /* of channels 0, 4, 8 and 12; 1, 5, ... */
#pragma GCC unroll 1 /* unrolled, it runs out of registers */
        for (int tap = taps; tap > 0; tap -= 2, at += 2) { /* the sum of two products of 8 bits fits 16 */
            const int8x16_t x = vldrbq_s8(at[0] + c);
            const int8x16_t by_x = vldrbq_s8(by);
            const int8x16_t z = tap > 1 ? vldrbq_s8(at[1] + c) : vdupq_n_s8(0);
            const int8x16_t by_z = tap > 1 ? vldrbq_s8(by + channels) : z;
            const int16x8_t even = vaddq_s16(vmullbq_int_s8(x, by_x), vmullbq_int_s8(z, by_z));
            const int16x8_t odd = vaddq_s16(vmulltq_int_s8(x, by_x), vmulltq_int_s8(z, by_z));
            sum.val[0] = vaddq_s32(sum.val[0], vmovlbq_s16(even));
            sum.val[1] = vaddq_s32(sum.val[1], vmovlbq_s16(odd));
            sum.val[2] = vaddq_s32(sum.val[2], vmovltq_s16(even));
            sum.val[3] = vaddq_s32(sum.val[3], vmovltq_s16(odd));
            by += 2 * channels;
        }
        vst4q_s32(sums, sum);
        rows_to_bytes(y + c, sums, m + c, 16, pre, post, zero, low, high);
    }
#endif
    for (; c < channels; c++) {
        int32_t sum = bias[c];
        ${over("int tap", "taps", "sum += w[tap * channels + c] * from[tap][c];")}
        y[c] = (int8_t)clamp(round_shift(saturate16(sum >> pre) * m[c], post) + zero, low, high);
    }
}
</%def>
