<%doc>PReLU. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% p = f.parameter("alpha", f.op.alpha) %>\
${p.definition}\
/* y = x where x >= 0, alpha x below */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        y[k] = x[k] >= 0.0f ? x[k] : ${p.at("k")} * x[k];
    }
}
</%def>
