<%def name="gemv(g, space)">
/* acc[r] += sum of scale[k / 32][r] * w[k][r] * x[k]: ${g.rows} row${'s side by side' if g.rows > 1 else ''}, 32 inputs a scale, two a byte. */
static void ${g.name}(float *acc, const ${space}uint8_t (*w)[${g.rows}], const ${space}float (*scale)[${g.rows}], const float *x, int n)
{
    for (int first = 0; first < n; first += 32) {
        const int last = n - first < 32 ? n : first + 32;
        float sum[${g.rows}] = { 0.0f };
        for (int k = first; k < last; k += 2) {
            const float even = x[k];
            const float odd = k + 1 < n ? x[k + 1] : 0.0f;
            for (int r = 0; r < ${g.rows}; r++) {
                const int pair = (*w)[r];
                sum[r] += (float)((pair & 15) - 8) * even;
                sum[r] += (float)((pair >> 4) - 8) * odd;
            }
            w++;
        }
        ${over("int r", g.rows, "acc[r] += (*scale)[r] * sum[r];")}
        scale++;
    }
}
</%def>
<%def name="gemv_slice(g, space)">
/* The same of n inputs from the one at first on, which may lie anywhere in a byte and in what shares a scale. */
static void ${g.name}(float *acc, const ${space}uint8_t (*w)[${g.rows}], const ${space}float (*scale)[${g.rows}], const float *x, int first, int n)
{
    const int end = first + n;
    for (int k = first; k < end;) {
        const int group = k / 32;
        const int last = 32 * (group + 1) < end ? 32 * (group + 1) : end;
        float sum[${g.rows}] = { 0.0f };
        for (; k < last; k++) {
            const float value = *x++;
            for (int r = 0; r < ${g.rows}; r++) {
                const int pair = w[k / 2][r];
                sum[r] += (float)((k % 2 ? pair >> 4 : pair & 15) - 8) * value;
            }
        }
        ${over("int r", g.rows, "acc[r] += scale[group][r] * sum[r];")}
    }
}
</%def>
<%def name="row(f, to, name, width)">
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
        const int pair = ${f.name}_${name}[row][k / 2];
        const int value = (k % 2 ? pair >> 4 : pair & 15) - 8;
        ${to}[k] = ${f.name}_scales[row][k / 32] * (float)value;
    }
</%def>
