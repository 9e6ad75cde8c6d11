<%doc>Sums of all values so far. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    n = f.ins[0][0]
    rest = f.size_in(0) // n
%>\
/* y[k] = x[0] + ... + x[k] along the first axis */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} c = 0; c < ${rest}; c++) {
        float sum = 0.0f;
        for (${f.index} k = c; k < ${f.size_in(0)}; k += ${rest}) {
            sum += x[k];
            y[k] = sum;
        }
    }
}
</%def>
