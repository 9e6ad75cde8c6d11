<%doc>Masking of one step. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
/* A step whose values all equal ${f.literal(f.op.mask_value)[:-1]} is masked and zeroed. */
static void ${f.name}_forward(const float *x, float *y, float *mask)
{
    float keep = 0.0f;
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        keep = x[k] != ${f.literal(f.op.mask_value)} ? 1.0f : keep;
    }
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        y[k] = keep > 0.0f ? x[k] : 0.0f;
    }
    mask[0] = keep;
}
</%def>
