<%doc>Integers by a table of keys. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.keys) %>\
${f.constant_table("keys", f.op.keys, "int32")}
${f.constant_table("values", f.op.values, "int32")}
/* y = the value of the key that x is, ${int(f.op.other)} of any other */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        int32_t value = ${int(f.op.other)};
        for (${f.index} n = 0; n < ${n}; n++) {
            if (${f.name}_keys[n] == x[k]) {
                value = ${f.name}_values[n];
            }
        }
        y[k] = (${f.types_out[0]})value;
    }
}
</%def>
