<%doc>
Integer products of weights of less than 8 bits for Arm cores with 16-bit pairs (SMLAD), and the same in plain C
elsewhere. Needs: g, the Product; space.
</%doc>\
<%def name="gemv(g, space)">
<%
    rows, storage = range(g.rows), g.kernel.storage
    bits, offset, group = storage.bits, storage.offset, storage.group
    step, mask = 32 // bits, (1 << bits) - 1
    pair = f"0x{mask * 0x10001:x}u"
    signed = "(int8_t)" if storage.multiples.min() < 0 else ""
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, ${step} inputs at once; weights lie there plus ${offset}. */
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    while (n > 0) {
        const uint8_t *scale = w;
        int32_t total = 0; /* of the inputs: what is too much in each sum, ${offset} times */
% for r in rows:
        int32_t sum_${r} = 0;
% endfor
        w += ${g.rows};
        for (int k = n < ${group} ? n : ${group}; k > 0; k -= ${step}, n -= ${step}, x += ${step}, w += ${4 * g.rows}) {
            int8_t rest[${step}] = { 0 };
            const int8_t *from = x;
            if (k < ${step}) {
                from = memcpy(rest, x, (size_t)k);
            }
% for r in rows:
            uint32_t w_${r};
            memcpy(&w_${r}, w${f" + {4 * r}" if r else ""}, sizeof w_${r});
% endfor
#if defined(__ARM_FEATURE_DSP)
            int8x4_t four;
% for first in range(0, step, 4):
            memcpy(&four, from${f" + {first}" if first else ""}, sizeof four);
% for half, widened in enumerate(("__sxtb16(four)", "odd_bytes(four)")):
<% place = (first // 2 + half) * bits %>\
            const int16x2_t x_${first + half} = ${widened};
            total = __smlad(x_${first + half}, 0x10001, total);
% for r in rows:
            sum_${r} = __smlad((int16x2_t)(${f"(w_{r} >> {place})" if place else f"w_{r}"} & ${pair}), x_${first + half}, sum_${r});
% endfor
% endfor
% endfor
#else
            for (int j = 0; j < ${step}; j++) {
                const int place = (j / 4 * 2 + j % 2) * ${bits} + j % 4 / 2 * 16;
                total += from[j];
% for r in rows:
                sum_${r} += (int32_t)((w_${r} >> place) & ${mask}) * from[j];
% endfor
            }
#endif
        }
        total *= ${offset};
% for r in rows:
        sums[${r}] += ${signed}scale[${r}] * (sum_${r} - total);
% endfor
    }
}
</%def>
<%def name="gemv_long(g, space)">${gemv(g, space)}</%def>
