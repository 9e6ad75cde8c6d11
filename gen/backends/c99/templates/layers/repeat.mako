<%doc>One frame, several times. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.outs[0][0]}; k++) {
        memcpy(y + k * ${f.size_in(0)}, x, ${f.size_in(0)} * sizeof *y);
    }
}
</%def>
