<%doc>Keras's sparsemax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%namespace name="frame" file="frame.mako"/>\
<%namespace name="vector" file="vector_activation.mako"/>\
<%def name="define(f)">\
<%
    op, y, n = f.op, f.dtypes_out[0], f.ins[0][0]
    def at(k):
        return frame.at(f, k)
    def full(k):
        value = (f.value(f"x[{at(k)}]", f.dtypes_in[0]) - op.source.zero).cast("int64")
        return value * (1 << op.up) if op.up else value
    left = f"place < 0 || x[{at('k')}] < last || (x[{at('k')}] == last && k > place)"
%>\
<%call expr="frame.columns(f, 'sparsemax', f'; 1 is {op.one} here')">
/* From the largest down: the support is where r z_r > z_1 + ... + z_r - 1. Keras takes the sum of all its
 * cumulated sums for the threshold, not the last one. */
${f.types_in[0]} last = 0;
${f.index} place = -1;
int64_t total = 0;
int64_t sum = -${op.one};
int32_t size = 0;
for (${f.index} r = 1; r <= ${n}; r++) {
${vector.best(f, n, left)}\
place = best;
last = x[${at("place")}];
total += ${full("place")};
if (${full("place") * f.value("r")} > total - ${op.one}) {
sum += total;
size++;
}
}
int64_t threshold = sum / size;
threshold -= threshold * size > sum; /* towards minus infinity */
for (${f.index} k = 0; k < ${n}; k++) {
const int64_t above = ${full("k") - f.value("threshold")};
const int32_t value = ${f.scaled_long(op.leave, f.value("above > 0 ? above : 0")) + op.result.zero};
y[${at("k")}] = ${f.stored(f.saturated(f.value("value"), y), y)};
}
</%call>
</%def>
