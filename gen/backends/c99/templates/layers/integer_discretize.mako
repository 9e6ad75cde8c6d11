<%doc>Integers in bins. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.bounds) %>\
${f.constant_table("bounds", f.op.bounds, "int32")}
/* y = how many of ${n} bounds x reaches */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const int32_t value = x[k];
        ${f.types_out[0]} bin = 0;
        for (${f.index} b = 0; b < ${n}; b++) {
            if (value >= ${f.name}_bounds[b]) {
                bin++;
            }
        }
        y[k] = bin;
    }
}
</%def>
