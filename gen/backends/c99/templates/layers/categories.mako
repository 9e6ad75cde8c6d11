<%doc>Numbers of categories as a vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% op = f.op %>\
/* y[c] = ${"how many of the numbers are c" if op.counts else "1 where a number is c"}; numbers without a category are ignored. */
APART static void ${f.name}_forward(const float *x, float *y)
{
    memset(y, 0, ${op.depth} * sizeof *y);
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        if (x[k] > -1.0f && x[k] < ${f.literal(op.depth)}) {
            y[(${f.index})x[k]] ${"+=" if op.counts else "="} 1.0f;
        }
    }
}
</%def>
