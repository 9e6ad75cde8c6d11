<%doc>A sequence from its end. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    steps, frame = f.ins[0][0], f.size(f.ins[0][1:])
%>\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${steps}; k++) {
        memcpy(y + k * ${frame}, x + (${steps} - 1 - k) * ${frame}, ${frame} * sizeof *y);
    }
}
</%def>
