<%doc>One of two by a mask. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<% given = f.op.other is None %>\
/* y = x where the mask keeps the step, else ${'other' if given else f.literal(f.op.other)[:-1]} */
static void ${f.name}_forward(const float *mask, const float *x, ${'const float *other, ' if given else ''}float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(1)}; k++) {
        y[k] = mask[0] > 0.0f ? x[k] : ${'other[k]' if given else f.literal(f.op.other)};
    }
}
</%def>
