<%doc>A core divided by its length. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n = f.size_in(0)
    least = f.literal(f.op.epsilon)
%>\
/* y = x / max(|x|, ${least[:-1]}) */
APART static void ${f.name}_forward(const float *x, float *y)
{
    float square = 0.0f;
    for (${f.index} k = 0; k < ${n}; k++) {
        square += x[k] * x[k];
    }
    const float length = sqrtf(square);
    const float divisor = length > ${least} ? length : ${least};
    for (${f.index} k = 0; k < ${n}; k++) {
        y[k] = x[k] / divisor;
    }
}
</%def>
