<%doc>Keras's sparsemax over the first core axis in integers: core (n, inner).</%doc>\
<%
    op, n = f.op, f.ins[0][0]
    def at(k):
        return frame.at(k)
    def full(k):
        value = (f.value(f"x[{at(k)}]", f.dtypes_in[0]) - op.source.zero).cast("int64")
        return value * (1 << op.up) if op.up else value
%>\
<%call expr="frame.columns('sparsemax', f'; 1 is {op.one} here')">
/* z_k is in the support if r z_k > its sum with the r - 1 values before it from the largest down, less 1. Keras takes
 * all sums of the support for the threshold, not the last one. */
int64_t sum = -${op.one};
int32_t size = 0;
for (${f.index} k = 0; k < ${n}; k++) {
int64_t total = 0;
int32_t r = 0;
for (${f.index} j = 0; j < ${n}; j++) {
if (x[${at("j")}] > x[${at("k")}] || (x[${at("j")}] == x[${at("k")}] && j <= k)) {
total += ${full("j")};
r++;
}
}
if (${full("k") * f.value("r")} > total - ${op.one}) {
sum += total;
size++;
}
}
size = size > 0 ? size : 1; /* which it is: the largest value is in the support */
int64_t threshold = sum / size;
threshold -= threshold * size > sum; /* towards minus infinity */
for (${f.index} k = 0; k < ${n}; k++) {
const int64_t above = ${full("k") - f.value("threshold")};
${frame.out(f"y[{at('k')}]", f.scaled_long(op.leave, f.value("above > 0 ? above : 0")) + op.result.zero)}\
}
</%call>
