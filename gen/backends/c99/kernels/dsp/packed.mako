<%def name="gemv(g, space)">
<%
    storage, turn = g.kernel.storage, g.kernel.turn(g.rows)
    bits, offset, group = storage.bits, storage.offset, storage.group
    step, fields = 32 // bits, 8 // bits
    places = [bits * k for k in range(fields)]
    rows = range(turn)
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} row${f's, {turn} side by side' if turn > 1 else ''}, ${step} inputs at once; weights lie there plus ${offset}. */
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    int16_t wide[${group + 2 * fields}]; /* no more than ${group} are used, which gcc does not see in copies of the loop */
    for (; n > 0; n -= ${group}) {
        const int count = n < ${group} ? n : ${group};
        const uint8_t *scale = w;
        int32_t total = 0; /* of the inputs: what is too much in each sum, ${offset} times */
        int k = 0;
        for (; k < count; k += ${2 * fields}) { /* weights stay where they are in a byte, and inputs are larger */
% for k in range(2 * fields):
            const int x_${k} = ${f"k + {k} < count ? x[k + {k}] : 0" if k else "x[k]"};
            wide[k${f" + {k}" if k else ""}] = (int16_t)(x_${k}${f" * {1 << (8 - bits - places[k // 2])}" if k // 2 < fields - 1 else ""});
            total += x_${k};
% endfor
        }
        for (; k % ${step} != 0; k++) {
            wide[k] = 0;
        }
        x += count;
        total *= ${offset};
        w += ${g.rows};
        for (int r = 0; r < ${g.rows}; r += ${turn}) {
            ${[f"int32_t sum_{r} = 0;" for r in rows]}
            for (k = 0; k < count; k += ${step}, w += ${4 * turn}) {
% for r in rows:
                uint32_t w_${r};
                memcpy(&w_${r}, ${moved("w", 4 * r)}, sizeof w_${r});
% endfor
#if defined(__ARM_FEATURE_DSP)
                int16x2_t pair;
% for half in range(2):
                ${[f"w_{r} >>= 8;" for r in rows if half]}
% for k, place in enumerate(places):
                memcpy(&pair, wide + k + ${2 * (half * fields + k)}, sizeof pair);
<% mask = f"0x{((1 << bits) - 1 << place) * 0x10001:x}u" %>\
                ${[f"sum_{r} = __smlad((int16x2_t)(w_{r} & {mask}), pair, sum_{r});" for r in rows]}
% endfor
% endfor
#else
                for (int j = 0; j < ${step}; j++) {
                    const int place = j / 2 * ${bits} + j % 2 * 16;
                    const uint32_t mask = ${(1 << bits) - 1}u << j / 2 % ${fields} * ${bits};
                    ${[f"sum_{r} += (int32_t)(w_{r} >> (place & 24) & mask) * wide[k + j];" for r in rows]}
                }
#endif
            }
<% at = [moved("r", r) for r in rows] %>\
            ${[f"sums[{at[r]}] += (int8_t)scale[{at[r]}] * ((sum_{r} >> {8 - bits}) - total);" for r in rows]}
        }
    }
}
</%def>
