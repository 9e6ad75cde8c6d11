<%doc>A function of int8 values. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
${f.constant_table("table", f.op.table, f.dtypes_out[0])}
/* y = ${f.op.function}, value by value */
APART static void ${f.name}_forward(const int8_t *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        y[k] = ${f.name}_table[x[k] + 128];
    }
}
</%def>
