<%def name="gemv(g, space)">
<% turn = 4 if g.rows % 4 == 0 else 1 %>\
/* sums[r] += sum of (w[k][r] - 128) * x[k]: the upper and the lower half of a weight choose a multiple of x[k]. */
${gcc.apart(more=', optimize("O2")')}\
static void ${g.name}(int32_t *sums, const ${space}uint8_t (*w)[${g.rows}], const ${g.inputs}_t *x, int n)
{
    int32_t times[16];
    int32_t all = 0; /* the sum of x */
    times[0] = 0;
    for (int k = 0; k < n; k++) {
        const ${space}uint8_t *from = w[k];
        const int32_t value = x[k];
        all += value;
        times[1] = value;
        for (int m = 1; m < 8; m++) {
            times[2 * m] = times[m] + times[m];
            times[2 * m + 1] = times[2 * m] + value;
        }
        for (int r = 0; r < ${g.rows}; r += ${turn}) {
% for i in range(turn):
<% row = f"r + {i}" if i else "r" %>\
            sums[${row}] += times[from[${row}] & 15] + times[from[${row}] >> 4] * 16;
% endfor
        }
    }
    ${over("int r", g.rows, "sums[r] -= all * 128;")}
}
</%def>
