<%doc>Integer products of weights of less than 8 bits, two rows at a time, in the halves of a word.</%doc>\
<%def name="gemv(g, space)">
<%
    storage = g.kernel.storage
    bits, offset, group = storage.bits, storage.offset, storage.group
    step, mask = 16 // bits, ((1 << bits) - 1) * 0x10001
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} rows, two at once in the halves of a word. */
static void ${g.name}(int32_t *sums, const ${space}uint32_t *w, const int8_t *x, int n)
{
    uint32_t wide[${group} + 1] = { 0 }; /* compilers see neither that all that is read was set, nor that none is behind */
    for (; n > 0; n -= ${group}) {
        const int count = n < ${group} ? n : ${group};
        const ${space}uint32_t *scale = w;
        uint32_t total = 0; /* of the inputs: what is too much in each sum, ${offset} times */
        int k = 0;
        ${over("k", "count", "wide[k] = (uint32_t)(int32_t)*x++;", "total += wide[k];")}
        for (; k % ${step} != 0; k++) {
            wide[k] = 0;
        }
        total *= ${offset} * UINT32_C(0x10001);
        w += ${-(-g.rows // 4)};
        for (int r = 0; r < ${g.rows}; r += 2) {
            uint32_t both = 0u - total;
            for (const uint32_t *from = wide; from < wide + count; from += ${step}) {
                const uint32_t some = *w++;
                ${[f"both += ({f'(some >> {k * bits})' if k else 'some'} & 0x{mask:x}u) * from[{k}];" for k in range(step)]}
            }
            const uint32_t pair = scale[r / 4] >> r % 4 * 8;
            const int32_t low = (int16_t)both;
            sums[r] += (int8_t)pair * low;
            sums[r + 1] += (int8_t)(pair >> 8) * (int32_t)(int16_t)((both - (uint32_t)low) >> 16);
        }
    }
}
</%def>
