<%doc>A copy. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    memcpy(y, x, ${f.size_in(0)} * sizeof *y);
}
</%def>
