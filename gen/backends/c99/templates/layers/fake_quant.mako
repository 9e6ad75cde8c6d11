<%doc>Values rounded to a grid. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    low, high, step, inverse = (f.literal(value) for value in (op.low, op.high, op.step, op.inverse))
%>\
/* To the nearest of ${op.levels + 1} values from ${low[:-1]} to ${high[:-1]}, as TensorFlow's fake quantisation has it. */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const float below = x[k] < ${high} ? x[k] : ${high};
        const float clamped = below > ${low} ? below : ${low};
        const float steps = (clamped - ${low}) * ${inverse};
        y[k] = ${f.help("floor")}(steps - ${f.literal(float(op.zero))} + 0.5f) * ${step};
    }
}
</%def>
