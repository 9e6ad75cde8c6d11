<%def name="gemv(g, space)">
/* sums[r] += sum of (w[k][r] - 128) * x[k]: ${g.rows} rows side by side, four inputs at once. */
${gcc.apart("it takes all registers")}\
static void ${g.name}(int32_t *sums, const ${space}uint8_t (*w)[${g.rows}], const int8_t *x, int n)
{
    int32_t all = 0; /* the sum of x */
    ${[f"int32_t sum_{r} = sums[{r}];" for r in range(g.rows)]}
    for (; n >= 4; n -= 4, w += 4, x += 4) {
% for k in range(4):
        const int32_t x_${k} = x[${k}];
        all += x_${k};
        ${[f"sum_{r} += w[{k}][{r}] * x_{k};" for r in range(g.rows)]}
% endfor
    }
    for (; n > 0; n--, w++, x++) {
        const int32_t value = x[0];
        all += value;
        ${[f"sum_{r} += w[0][{r}] * value;" for r in range(g.rows)]}
    }
    all *= 128;
    ${[f"sums[{r}] = sum_{r} - all;" for r in range(g.rows)]}
}
</%def>
