<%doc>Each output along the first axis is a mixture of a few inputs. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    outputs, taps = op.places.shape
    rest = f.size(f.ins[0][1:])
    shape = f"[{f.up}_OUTPUTS][{f.up}_TAPS]"
%>\
enum { ${f.up}_OUTPUTS = ${outputs}, ${f.up}_TAPS = ${taps} };

${f.defined("offsets", op.places * rest, op.places.dtype.name, shape)}
${f.defined("scales", op.weights, shape=shape)}
/* ${f.ins[0][0]} values to ${outputs}, each of them a mixture of ${taps}. */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} row = 0; row < ${f.up}_OUTPUTS; row++) {
        for (${f.index} c = 0; c < ${rest}; c++) {
            float sum = 0.0f;
            for (int k = 0; k < ${f.up}_TAPS; k++) {
                sum += ${f.name}_scales[row][k] * x[${f.name}_offsets[row][k] + c];
            }
            y[c] = sum;
        }
        y += ${rest};
    }
}
</%def>
