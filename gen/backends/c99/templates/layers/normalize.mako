<%doc>(x - center) scale + offset. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    center = f.parameter("center", op.center)
    scale = f.parameter("scale", op.scale)
    offset = f.parameter("offset", op.offset)
%>\
${center.definition}${scale.definition}${offset.definition}\
/* y = ${'(x - center)' if op.center is not None else 'x'}${' scale' if op.scale is not None else ''}${' + offset' if op.offset is not None else ''} */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        float value = x[k];
% if op.center is not None:
        value -= ${center.at("k")};
% endif
% if op.scale is not None:
        value *= ${scale.at("k")};
% endif
% if op.offset is not None:
        value += ${offset.at("k")};
% endif
        y[k] = value;
    }
}
</%def>
