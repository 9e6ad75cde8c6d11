<%doc>A copy. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
${f.copy("y", "x", str(f.size_in(0)), f.size_in(0), f.dtypes_in[0])}
}
</%def>
