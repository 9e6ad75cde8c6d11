<%doc>Each output along the first axis is a mixture of a few inputs, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    outputs, taps = op.places.shape
    rest = f.size(f.ins[0][1:])
%>\
enum { ${f.up}_OUTPUTS = ${outputs}, ${f.up}_TAPS = ${taps} };

${f.constant_table("offsets", op.places * rest, "int32")}
${f.constant_table("multipliers", op.weights, "int16")}
/* ${f.ins[0][0]} values to ${outputs}, each of them a mixture of ${taps}, in units of 2^-${op.post}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    for (${f.index} row = 0; row < ${f.up}_OUTPUTS; row++) {
        for (${f.index} c = 0; c < ${rest}; c++) {
            int32_t sum = 0;
            for (int k = 0; k < ${f.up}_TAPS; k++) {
                sum += (int32_t)${f.name}_multipliers[row * ${f.up}_TAPS + k] * (x[${f.name}_offsets[row * ${f.up}_TAPS + k] + c]${f" - {op.source.zero}" if op.source.zero > 0 else f" + {-op.source.zero}" if op.source.zero else ""});
            }
            const int32_t value = ${f.shifted(f.value("sum"), op.post) + op.result.zero};
            y[c] = ${f.stored(f.bounded(f.value("value"), op.result.low, op.result.high, y), y)};
        }
        y += ${rest};
    }
}
</%def>
