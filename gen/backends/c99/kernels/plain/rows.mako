<%doc>Products of rows of floats, for attention.</%doc>\
<%def name="dot_rows()">
/* y[j] = x . row j. Four sums, so that none waits for the one before it. */
static inline void dot_rows(float *y, const float *x, const float *rows, int count, int stride, int width)
{
    for (int j = 0; j < count; j++) {
        const float *row = rows + (int32_t)j * stride;
        float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
        int k = 0;
        for (; k + 4 <= width; k += 4) {
            a += x[k] * row[k];
            b += x[k + 1] * row[k + 1];
            c += x[k + 2] * row[k + 2];
            d += x[k + 3] * row[k + 3];
        }
        ${over("k", "width", "a += x[k] * row[k];")}
        y[j] = (a + b) + (c + d);
    }
}
</%def>
<%def name="sum_rows()">
/* y = sum of w[j] times row j, four values at once. */
static inline void sum_rows(float *y, const float *w, const float *rows, int count, int stride, int width)
{
    int k = 0;
    for (; k + 4 <= width; k += 4) {
        float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
        for (int j = 0; j < count; j++) {
            const float *row = rows + (int32_t)j * stride + k;
            a += w[j] * row[0];
            b += w[j] * row[1];
            c += w[j] * row[2];
            d += w[j] * row[3];
        }
        y[k] = a;
        y[k + 1] = b;
        y[k + 2] = c;
        y[k + 3] = d;
    }
    ${over("k", "width", "y[k] = 0.0f;", over("int j", "count", "y[k] += w[j] * rows[(int32_t)j * stride + k];"))}
}
</%def>
