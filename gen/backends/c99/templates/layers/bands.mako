<%doc>Sums of neighbouring bins. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    bands = len(op.first)
%>\
/* of each band: its first bin; where its weights begin, and at last where they end */
${f.defined("first", op.first)}\
${f.defined("start", op.start)}\
${f.defined("weights", op.weights)}\

/* y = weighted sums of neighbouring bins, a band each */
APART static void ${f.name}_forward(const float *x, float *y)
{
    for (${f.index} b = 0; b < ${bands}; b++) {
        const float *bin = x + ${f.name}_first[b];
        float sum = 0.0f;
        for (${f.index} k = (${f.index})${f.name}_start[b]; k < (${f.index})${f.name}_start[b + 1]; k++) {
            sum += ${f.name}_weights[k] * bin[k - (${f.index})${f.name}_start[b]];
        }
        y[b] = sum;
    }
}
</%def>
