<%doc>The place of the largest or of the least value. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = f.size_in(0) %>\
/* y = where the ${"largest" if f.op.largest else "least"} of ${n} values is, the first of them */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    ${f.index} found = 0;
    for (${f.index} k = 1; k < ${n}; k++) {
        if (x[k] ${">" if f.op.largest else "<"} x[found]) {
            found = k;
        }
    }
    y[0] = (${f.types_out[0]})found;
}
</%def>
