<%doc>Squared moduli of complex numbers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% bins = f.size(f.outs[0]) %>\
/* y = re^2 + im^2${", halved" if f.integer else ""}; real parts come first */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${bins}; k++) {
        y[k] = ${f"{f.primitive('squares')}(x[k], x[{bins} + k], 1)" if f.integer else f"x[k] * x[k] + x[{bins} + k] * x[{bins} + k]"};
    }
}
</%def>
