<%doc>Numbers by a table of keys. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% n = len(f.op.keys) %>\
${f.defined("keys", f.op.keys)}\
${f.defined("values", f.op.values)}\

/* y = the value of the key that x is, ${f.literal(f.op.other)} of any other */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const float key = x[k];
        float value = ${f.literal(f.op.other)};
        for (${f.index} n = 0; n < ${n}; n++) {
            if (${f.name}_keys[n] == key) {
                value = ${f.name}_values[n];
            }
        }
        y[k] = value;
    }
}
</%def>
