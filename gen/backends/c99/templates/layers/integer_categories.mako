<%doc>Indices of categories as a vector. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% op = f.op %>\
/* y[c] = ${"how many of the numbers are c" if op.counts else "1 where a number is c"}; numbers without a category are ignored. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    memset(y, 0, ${op.depth} * sizeof *y);
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        if (x[k] >= 0 && x[k] < ${op.depth}) {
            y[x[k]]${"++" if op.counts else " = 1"};
        }
    }
}
</%def>
