<%doc>Products summed over one axis of each input. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    (a, b), (first, second) = op.axes, f.ins
    n = first[a]
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    least = f.literal(op.least)
%>\
/* Sum over axis ${a} of the first input and axis ${b} of the second${', each of length 1 along it' if op.normalize else ''}. */
APART static void ${f.name}_forward(const float *x0, const float *x1, float *y)
{
    for (${f.index} i = 0; i < ${rows_a}; i++) {
        const float *one = x0 + i / ${step_a} * ${step_a * n} + i % ${step_a};
        for (${f.index} j = 0; j < ${rows_b}; j++) {
            const float *two = x1 + j / ${step_b} * ${step_b * n} + j % ${step_b};
            float sum = 0.0f;
% if op.normalize:
            float square_one = 0.0f;
            float square_two = 0.0f;
% endif
            for (${f.index} k = 0; k < ${n}; k++) {
                sum += one[k * ${step_a}] * two[k * ${step_b}];
% if op.normalize:
                square_one += one[k * ${step_a}] * one[k * ${step_a}];
                square_two += two[k * ${step_b}] * two[k * ${step_b}];
% endif
            }
% if op.normalize:
            sum /= sqrtf(square_one > ${least} ? square_one : ${least});
            sum /= sqrtf(square_two > ${least} ? square_two : ${least});
% endif
            y[i * ${rows_b} + j] = sum;
        }
    }
}
</%def>
