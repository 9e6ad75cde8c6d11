<%doc>Values in bins. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.bounds) %>\
${f.defined("bounds", f.op.bounds)}\

/* y = how many of ${n} bounds x reaches */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const float value = x[k];
        float bin = 0.0f;
        for (${f.index} b = 0; b < ${n}; b++) {
            bin += value >= ${f.name}_bounds[b] ? 1.0f : 0.0f;
        }
        y[k] = bin;
    }
}
</%def>
