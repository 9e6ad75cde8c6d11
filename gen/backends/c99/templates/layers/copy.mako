<%doc>A copy. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
static void ${f.name}_forward(const float *x, float *y)
{
    memcpy(y, x, ${f.size_in(0)} * sizeof *y);
}
</%def>
