<%doc>PReLU in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    at = f.broadcast(op.below.shape, f.ins[0])
    shifted = f.shifted(f.value("product"), op.post) + op.result.zero
%>\
${f.constant_table("below", op.below, "int16")}
/* y = x where x >= 0, alpha x below */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        const int32_t value = ${f.value("x[k]", f.dtypes_in[0]) - op.source.zero};
        const int32_t product = value * (value >= 0 ? ${op.above} : ${f.name}_below[${at}]);
        y[k] = ${f.stored(f.saturated(shifted, y), y)};
    }
}
</%def>
