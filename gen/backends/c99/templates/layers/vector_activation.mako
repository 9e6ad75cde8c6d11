<%doc>A function over the first core axis: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    name = f.op.function.name
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    at = "k" if inner == 1 else f"k * {inner}"
%>\
/* ${name} over ${n} values${'' if inner == 1 else f', {inner} apart'} */
APART static void ${f.name}_forward(const float *${'x' if inner == 1 else 'input'}, float *${'y' if inner == 1 else 'output'})
{
% if inner > 1:
    for (${f.index} column = 0; column < ${inner}; column++) {
        const float *x = input + column;
        float *y = output + column;
${body(f, name, n, at, "        ")}\
    }
% else:
${body(f, name, n, at, "    ")}\
% endif
}
</%def>
<%def name="body(f, name, n, at, pad)">\
% if name == "softmax":
${pad}float most = x[0];
${pad}for (${f.index} k = 1; k < ${n}; k++) {
${pad}    most = x[${at}] > most ? x[${at}] : most;
${pad}}
${pad}float sum = 0.0f;
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] = ${f.help("exp")}(x[${at}] - most);
${pad}    sum += y[${at}];
${pad}}
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] /= sum;
${pad}}
% elif name == "log_softmax":
${pad}float most = x[0];
${pad}for (${f.index} k = 1; k < ${n}; k++) {
${pad}    most = x[${at}] > most ? x[${at}] : most;
${pad}}
${pad}float sum = 0.0f;
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    sum += ${f.help("exp")}(x[${at}] - most);
${pad}}
${pad}const float log_sum = ${f.help("log")}(sum);
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] = x[${at}] - most - log_sum;
${pad}}
% elif name == "glu":
${pad}for (${f.index} k = 0; k < ${n // 2}; k++) {
${pad}    y[${at}] = x[${at}] * ${f.help("sigmoid")}(x[${at} + ${n // 2 * (f.size_in(0) // n)}]);
${pad}}
% elif name == "sparsemax":
${pad}/* From the largest down: the support is where z_r > (z_1 + ... + z_r - 1) / r. Keras takes the sum of all its
${pad} * cumulated sums for the threshold, not the last one. */
${pad}float last = 3.402823466e38f;
${pad}float total = 0.0f;
${pad}float sum = -1.0f;
${pad}float size = 0.0f;
${pad}${f.index} place = -1;
${pad}for (${f.index} r = 1; r <= ${n}; r++) {
${pad}    ${f.index} best = -1;
${pad}    for (${f.index} k = 0; k < ${n}; k++) {
${pad}        const int left = x[${at}] < last || (!(x[${at}] > last) && k > place);
${pad}        if (left && (best < 0 || x[${at}] > x[${at.replace("k", "best")}])) {
${pad}            best = k;
${pad}        }
${pad}    }
${pad}    place = best < 0 ? 0 : best; /* below 0: a value is NaN */
${pad}    last = x[${at.replace("k", "place")}];
${pad}    total += last;
${pad}    if (last - (total - 1.0f) / (float)r > 0.0f) {
${pad}        sum += total;
${pad}        size += 1.0f;
${pad}    }
${pad}}
${pad}const float threshold = sum / size;
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] = x[${at}] > threshold ? x[${at}] - threshold : 0.0f;
${pad}}
% endif
</%def>
