<%doc>Places of windows in floats.</%doc>\
<%def name="depthwise_floats()">
/* y of each channel: what it begins with, zeros if that is NULL, and the sum of so many places times their weights; at
 * least 0 with relu. */
static inline void depthwise_floats(float *y, const float *const *from, const float *const *by, int taps, const float *begin,
                                    int channels, int relu)
{
    int c = 0;
#if defined(__ARM_FEATURE_MVE) && (__ARM_FEATURE_MVE & 2)
    for (; c + 16 <= channels; c += 16) {
        const float *first = begin == NULL ? NULL : begin + c;
        ${[f"float32x4_t sum_{k} = first == NULL ? vdupq_n_f32(0.0f) : vldrwq_f32({moved('first', 4 * k)});" for k in range(4)]}
        for (int k = 0; k < taps; k++) {
            const float *x = from[k] + c;
            const float *w = by[k] + c;
            ${[f"sum_{k} = vfmaq_f32(sum_{k}, vldrwq_f32({moved('x', 4 * k)}), vldrwq_f32({moved('w', 4 * k)}));" for k in range(4)]}
        }
        ${[f"vstrwq_f32({moved('y + c', 4 * k)}, relu ? vmaxnmq_f32(sum_{k}, vdupq_n_f32(0.0f)) : sum_{k});" for k in range(4)]}
    }
    for (const int end = channels & ~3; c != end; c += 4) {
        float32x4_t sum = begin == NULL ? vdupq_n_f32(0.0f) : vldrwq_f32(begin + c);
        ${over("int k", "taps", "sum = vfmaq_f32(sum, vldrwq_f32(from[k] + c), vldrwq_f32(by[k] + c));")}
        vstrwq_f32(y + c, relu ? vmaxnmq_f32(sum, vdupq_n_f32(0.0f)) : sum);
    }
#endif
    for (; c < channels; c++) {
        float sum = begin == NULL ? 0.0f : begin[c];
        ${over("int k", "taps", "sum += by[k][c] * from[k][c];")}
        y[c] = relu && !(sum > 0.0f) ? 0.0f : sum;
    }
}
</%def>
