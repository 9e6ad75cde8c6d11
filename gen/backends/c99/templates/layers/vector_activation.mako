<%doc>A function over the first core axis: core (n, inner).</%doc>\
<%namespace name="softmax" file="integer_softmax.mako"/>\
<%
    name, n = f.op.function.name, f.ins[0][0]
    at, half = frame.at(), n // 2 * (f.size_in(0) // n)
    written = softmaxes if name in ("softmax", "log_softmax") else sparsemax
%>\
<%call expr="frame.columns(name)">
% if name == "glu":
${over(f"{f.index} k", n // 2, f'y[{at}] = x[{at}] * {f.help("sigmoid")}(x[{at} + {half}]);')}
% else:
${written(f, name == "softmax", n, at)}\
% endif
</%call>
<%def name="softmaxes(f, shares, n, at)">\
${softmax.largest(f, "float", at)}\
float sum = 0.0f;
for (${f.index} k = 0; k < ${n}; k++) {
% if shares:
y[${at}] = ${f.help("exp")}(x[${at}] - most);
sum += y[${at}];
% else:
sum += ${f.help("exp")}(x[${at}] - most);
% endif
}
${f'const float log_sum = {f.help("log")}(sum);' if not shares else ""}
${over(f"{f.index} k", n, f'y[{at}] {"/= sum" if shares else f"= x[{at}] - most - log_sum"};')}
</%def>
<%def name="sparsemax(f, _, n, at)">\
/* From the largest down: the support is where z_r > (z_1 + ... + z_r - 1) / r. Keras takes the sum of all its
 * cumulated sums for the threshold, not the last one. */
float last = 3.402823466e38f;
float total = 0.0f;
float sum = -1.0f;
float size = 0.0f;
${f.index} place = -1;
for (${f.index} r = 1; r <= ${n}; r++) {
${f.index} best = -1;
for (${f.index} k = 0; k < ${n}; k++) {
const int left = x[${at}] < last || (!(x[${at}] > last) && k > place);
if (left && (best < 0 || x[${at}] > x[${frame.at("best")}])) {
best = k;
}
}
place = best < 0 ? 0 : best; /* below 0: a value is NaN */
last = x[${frame.at("place")}];
total += last;
if (last - (total - 1.0f) / (float)r > 0.0f) {
sum += total;
size += 1.0f;
}
}
const float threshold = sum / size;
${over(f"{f.index} k", n, f"y[{at}] = x[{at}] > threshold ? x[{at}] - threshold : 0.0f;")}
</%def>
