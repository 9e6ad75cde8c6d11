<%def name="gemv(g, space)">
<%
    cast, part = ("(int32_t)", "int32_t") if g.inputs == "int16" else ("", "int")
    storage = g.kernel.storage
    bits, offset, group = storage.bits, storage.offset, storage.group
    many = 8 // bits
    mask = (1 << bits) - 1
    signed = "(int8_t)" if storage.multiples.min() < 0 else ""

    def product(k, x):
        """A weight of the byte ``some`` times an input."""
        code = f"some >> {k * bits}" if k else "some"
        return f"{cast}(int8_t)(({code if k == many - 1 else f'({code} & {mask})' if k else f'{code} & {mask}'}) - {offset}) * {x}"
%>\
/* sums[r] += sum of scale[k / ${group}][r] * w[k][r] * x[k]: ${g.rows} row${'s one after the other' if g.rows > 1 else ''}. */
% if g.inputs == "int8":
#if defined(__AVR__)
__attribute__((optimize("O2"))) /* -Os calls a function for each product */
#endif
% endif
static void ${g.name}(int32_t *sums, const ${space}uint8_t *w, const ${g.inputs}_t *x, int n)
{
    while (n > 0) {
        const int count = n < ${group} ? n : ${group};
        for (int r = 0; r < ${g.rows}; r++) {
            const int32_t scale = ${signed}*w++;
            const ${g.inputs}_t *from = x;
            ${part} sum = 0;
            for (int k = count / ${many}; k > 0; k--) {
                const uint8_t some = *w++;
                ${[f'sum += {product(k, "*from++")};' for k in range(many)]}
            }
            if (count % ${many}) {
                const uint8_t some = *w++;
                sum += ${product(0, "*from")};
% for k in range(1, many - 1):
                if (count % ${many} > ${k}) {
                    sum += ${product(k, f"from[{k}]")};
                }
% endfor
            }
            sums[r] += scale * sum;
        }
        x += count;
        n -= count;
    }
}
</%def>
