<%doc>One of two by a mask. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    is_tensor, t = f.op.other is None, f.types_in[1]
    other = "" if is_tensor else f.number(f.op.other, f.dtypes_in[1])
    none = f.number(0, f.dtypes_in[0])
%>\
/* y = x if the mask keeps the step, else ${'other' if is_tensor else other} */
APART static void ${f.name}_forward(const ${f.types_in[0]} *mask, const ${t} *x, ${f"const {t} *other, " if is_tensor else ""}${t} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(1)}; k++) {
        y[k] = mask[0] > ${none} ? x[k] : ${'other[k]' if is_tensor else other};
    }
}
</%def>
