<%doc>Keras's sparsemax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    at = lambda k: k if inner == 1 else f"{k} * {inner}"
    pad = "    " if inner == 1 else "        "
    unit = 1 << op.up
    def full(k):
        value = (f.value(f"x[{at(k)}]", f.dtypes_in[0]) - op.source.zero).cast("int64")
        return value * unit if op.up else value
%>\
/* sparsemax over ${n} values${'' if inner == 1 else f', {inner} apart'}; 1 is ${op.one} here */
APART static void ${f.name}_forward(const ${f.types_in[0]} *${'x' if inner == 1 else 'input'}, ${f.types_out[0]} *${'y' if inner == 1 else 'output'})
{
% if inner > 1:
    for (${f.index} column = 0; column < ${inner}; column++) {
        const ${f.types_in[0]} *x = input + column;
        ${f.types_out[0]} *y = output + column;
% endif
${pad}/* From the largest down: the support is where r z_r > z_1 + ... + z_r - 1. Keras takes the sum of all its
${pad} * cumulated sums for the threshold, not the last one. */
${pad}${f.types_in[0]} last = 0;
${pad}${f.index} place = -1;
${pad}int64_t total = 0;
${pad}int64_t sum = -${op.one};
${pad}int32_t size = 0;
${pad}for (${f.index} r = 1; r <= ${n}; r++) {
${pad}    ${f.index} best = -1;
${pad}    for (${f.index} k = 0; k < ${n}; k++) {
${pad}        const int left = place < 0 || x[${at("k")}] < last || (x[${at("k")}] == last && k > place);
${pad}        if (left && (best < 0 || x[${at("k")}] > x[${at("best")}])) {
${pad}            best = k;
${pad}        }
${pad}    }
${pad}    place = best;
${pad}    last = x[${at("place")}];
${pad}    total += ${full("place")};
${pad}    if (${full("place") * f.value("r")} > total - ${op.one}) {
${pad}        sum += total;
${pad}        size++;
${pad}    }
${pad}}
${pad}int64_t threshold = sum / size;
${pad}threshold -= threshold * size > sum; /* towards minus infinity */
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    const int64_t above = ${full("k") - f.value("threshold")};
${pad}    const int32_t value = ${f.scaled_long(op.leave, f.value("above > 0 ? above : 0")) + op.result.zero};
${pad}    y[${at("k")}] = ${f.stored(f.saturated(f.value("value"), y), y)};
${pad}}
% if inner > 1:
    }
% endif
}
</%def>
