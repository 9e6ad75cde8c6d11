<%def name="gemv(g, space)">
<%
    storage = g.kernel.storage
    bits, offset, group, bytes = storage.bits, storage.offset, storage.group, g.kernel.lanes
    fields, mask = range(8 // bits), (1 << bits) - 1
    lane = 8 * 16 // bytes
    kind = f"int{lane}x{128 // lane}_t"
    signed = "(int8_t)" if storage.multiples.min() < 0 else ""
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} row${'s one after the other' if g.rows > 1 else ''}, ${group} inputs at once; weights lie there plus ${offset}. */
static void ${g.name}(int32_t *sums, const uint8_t *w, const int8_t *x, int n)
{
    for (; n > 0; n -= ${group}, x += ${group}) {
        const uint8_t *scale = w;
        const int bytes = n < ${bytes} ? n : ${bytes};
        int32_t total = 0; /* of the inputs: what is too much in each sum, ${offset} times */
        w += ${g.rows};
#if defined(__ARM_FEATURE_MVE)
% for k in fields:
<% at = k * bytes; load = f"vldrbq_z_s{lane}({moved('x', at)}, vctp{lane}q((uint32_t){f'(n - {at})' if k else 'n'}))" %>\
        const ${kind} x_${k} = ${f"n > {at} ? {load} : vdupq_n_s{lane}(0)" if k else load};
        total = vaddvaq_s${lane}(total, x_${k});
% endfor
        total *= ${offset};
#pragma GCC unroll 1
        for (int r = 0; r < ${g.rows}; r++, w += bytes) {
            const u${kind} some = vldrbq_u${lane}(w);
            int32_t sum = -total;
% for k in fields:
<%
    part = f"vshrq_n_u{lane}(some, {k * bits})" if k else "some"
    part = part if k == len(fields) - 1 else f"vandq_u{lane}({part}, vdupq_n_u{lane}({mask}))"
%>\
            sum = vmladavaq_s${lane}(sum, vreinterpretq_s${lane}_u${lane}(${part}), x_${k});
% endfor
            sums[r] += ${signed}scale[r] * sum;
        }
#else
        const int many = n < ${group} ? n : ${group};
        ${over("int k", "many", "total += x[k];")}
        total *= ${offset};
        for (int r = 0; r < ${g.rows}; r++, w += bytes) {
            int32_t sum = -total;
            ${over("int k", "many", f"sum += (w[k % {bytes}] >> {bits} * (k / {bytes}) & {mask}) * x[k];")}
            sums[r] += ${signed}scale[r] * sum;
        }
#endif
    }
}
</%def>
