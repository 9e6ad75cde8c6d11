<%doc>A function over the first core axis: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    name = f.op.function.name
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    at = "k" if inner == 1 else f"k * {inner}"
%>\
/* ${name} over ${n} values${'' if inner == 1 else f', {inner} apart'} */
static void ${f.name}_forward(const float *${'x' if inner == 1 else 'input'}, float *${'y' if inner == 1 else 'output'})
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
${pad}    y[${at}] = x[${at}] * ${f.help("sigmoid")}(x[${at} + ${n // 2 * (1 if at == "k" else int(at.split("* ")[1]))}]);
${pad}}
% elif name == "sparsemax":
${pad}/* The threshold is the largest (sum of the m largest - 1) / m; found without sorting, by Michelot's steps. */
${pad}float threshold = -3.402823466e38f;
${pad}for (${f.index} round = 0; round < ${n}; round++) {
${pad}    float sum = -1.0f;
${pad}    float count = 0.0f;
${pad}    for (${f.index} k = 0; k < ${n}; k++) {
${pad}        if (x[${at}] > threshold) {
${pad}            sum += x[${at}];
${pad}            count += 1.0f;
${pad}        }
${pad}    }
${pad}    const float next = sum / count;
${pad}    if (!(next > threshold)) {
${pad}        break;
${pad}    }
${pad}    threshold = next;
${pad}}
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] = x[${at}] > threshold ? x[${at}] - threshold : 0.0f;
${pad}}
% endif
</%def>
