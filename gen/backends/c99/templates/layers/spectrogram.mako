<%doc>Power spectra of a clip's frames. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    n, half = op.length, op.length // 2
    samples, frames = f.ins[0][0], f.outs[0][0]
    bits = half.bit_length() - 1
%>\
${f.defined("window", op.window)}\

/* cosine and sine of 2 pi k / ${n} */
${f.constant} ${f.name}_turns[${half}][2] = {
${f.table("turns", op.turns)}
};

/* Squared moduli of the transform of ${frames} frames of ${n} samples, ${op.stride} apart; the clip is reflected at its ends.
 * Even and odd samples are the real and imaginary parts of ${half} numbers, whose transform holds that of the frame. */
APART static void ${f.name}_forward(const float *x, float *y, float *z)
{
    for (${f.index} t = 0; t < ${frames}; t++) {
        for (${f.index} k = 0; k < ${n}; k++) {
            const int32_t at = (int32_t)t * ${op.stride} + k - ${half};
            const int32_t low = at < 0 ? -at : at;
            const int32_t place = low < ${samples} ? low : ${2 * samples - 2} - low;
            /* pairs in the order of reversed bits */
            ${f.index} pair = 0;
            for (int bit = 0; bit < ${bits}; bit++) {
                pair |= (k >> 1 >> bit & 1) << (${bits - 1} - bit);
            }
            z[2 * pair + (k & 1)] = x[place] * ${f.name}_window[k];
        }
        for (${f.index} size = 1; size < ${half}; size *= 2) {
            for (${f.index} k = 0; k < ${half}; k += 2 * size) {
                for (${f.index} j = 0; j < size; j++) {
                    ${f.constants} *turn = ${f.name}_turns[j * (${half} / size)];
                    float *a = z + 2 * (k + j);
                    float *b = a + 2 * size;
                    const float re = b[0] * turn[0] + b[1] * turn[1];
                    const float im = b[1] * turn[0] - b[0] * turn[1];
                    b[0] = a[0] - re;
                    b[1] = a[1] - im;
                    a[0] += re;
                    a[1] += im;
                }
            }
        }
        float *out = y + t * ${half + 1};
        for (${f.index} k = 0; k < ${half}; k++) {
            const float *a = z + 2 * k;
            const float *b = z + 2 * (k > 0 ? ${half} - k : 0);
            ${f.constants} *turn = ${f.name}_turns[k];
            const float even_re = 0.5f * (a[0] + b[0]);
            const float even_im = 0.5f * (a[1] - b[1]);
            const float odd_re = 0.5f * (a[1] + b[1]);
            const float odd_im = -0.5f * (a[0] - b[0]);
            const float re = even_re + odd_re * turn[0] + odd_im * turn[1];
            const float im = even_im + odd_im * turn[0] - odd_re * turn[1];
            out[k] = re * re + im * im;
        }
        out[${half}] = (z[0] - z[1]) * (z[0] - z[1]);
    }
}
</%def>
