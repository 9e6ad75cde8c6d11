<%def name="gemv(g, space)">
<%
    storage = g.kernel.storage
    bits, offset, group = storage.bits, storage.offset, storage.group
    inputs, half, levels = 8 // bits, 4 // bits, 1 << bits
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: each half of a byte chooses what its inputs add. */
${gcc.apart(more=', optimize("O2")')}\
static void ${g.name}(int32_t *sums, const ${space}uint8_t *w, const int8_t *x, int n)
{
    for (; n > 0; n -= ${group}) {
        const ${space}uint8_t *scale = w;
        const int count = n < ${group} ? n : ${group};
        int16_t part[${g.rows}] = { 0 };
        int16_t adds[2][16];
        w += ${g.rows};
        for (int k = 0; k < count; k += ${inputs}) {
            for (int i = 0; i < 2; i++) {
                const int first = k + ${half} * i < count ? x[k + ${half} * i] : 0;
% if half == 2:
                const int second = k + 2 * i + 1 < count ? x[k + 2 * i + 1] : 0;
                int least = -${offset} * (first + second);
% else:
                int least = -${offset} * first;
% endif
                for (int at = 0; at < 16; at += ${levels}${", least += second" if half == 2 else ""}) {
                    for (int j = 0, some = least; j < ${levels}; j++, some += first) {
                        adds[i][at + j] = (int16_t)some;
                    }
                }
            }
            for (int r = 0; r < ${g.rows}; r++, w++) {
                part[r] = (int16_t)(part[r] + adds[0][*w & 15] + adds[1][*w >> 4]);
            }
        }
        ${over("int r", g.rows, "sums[r] += (int8_t)scale[r] * (int32_t)part[r];")}
        x += count;
    }
}
</%def>
