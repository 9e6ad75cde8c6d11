<%doc>An activation on every value alone. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
/* y = ${f.op.function}, value by value */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        y[k] = ${f.act(f.op.function, "x[k]")};
    }
}
</%def>
