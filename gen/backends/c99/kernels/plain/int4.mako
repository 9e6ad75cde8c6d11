<%doc>
Integer products of 4-bit weights: two a byte, each plus 8; a scale for each 32 inputs of a row. Needs: g, the Product;
space.
</%doc>\
<%def name="gemv(g, space)">
<% cast, part = ("(int32_t)", "int32_t") if g.inputs == "int16" else ("", "int") %>\
/* sums[r] += sum of scale[k / 32][r] * w[k][r] * x[k]: ${g.rows} row${'s one after the other' if g.rows > 1 else ''}. */
% if g.inputs == "int8":
#if defined(__AVR__)
__attribute__((optimize("O2"))) /* -Os calls a function for each product */
#endif
% endif
static void ${g.name}(int32_t *sums, const ${space}uint8_t *w, const ${g.inputs}_t *x, int n)
{
    while (n > 0) {
        const int count = n < 32 ? n : 32;
        for (int r = 0; r < ${g.rows}; r++) {
            const int32_t scale = *w++;
            const ${g.inputs}_t *from = x;
            ${part} sum = 0;
            for (int k = count >> 1; k > 0; k--) {
                const uint8_t pair = *w++;
                sum += ${cast}(int8_t)((pair & 15) - 8) * *from++;
                sum += ${cast}(int8_t)((pair >> 4) - 8) * *from++;
            }
            if (count & 1) {
                sum += ${cast}(int8_t)((*w++ & 15) - 8) * *from;
            }
            sums[r] += scale * sum;
        }
        x += count;
        n -= count;
    }
}
</%def>
<%def name="gemv_long(g, space)">${gemv(g, space)}</%def>
