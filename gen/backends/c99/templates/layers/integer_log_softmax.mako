<%doc>log softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    at = "k" if inner == 1 else f"k * {inner}"
    below = f.value("most") - f.value(f"x[{at}]", f.dtypes_in[0])
    power = f.call("exp_octaves" if op.brief else "exp_negative", f.saturated(f.scaled(op.enter, below), "int16"))
    value = op.result.zero - f.value("log_sum") - f.scaled(op.own, below)
    pad = "    " if inner == 1 else "        "
%>\
/* log softmax over ${n} values${'' if inner == 1 else f', {inner} apart'} */
APART static void ${f.name}_forward(const ${f.types_in[0]} *${'x' if inner == 1 else 'input'}, ${f.types_out[0]} *${'y' if inner == 1 else 'output'})
{
% if inner > 1:
    for (${f.index} column = 0; column < ${inner}; column++) {
        const ${f.types_in[0]} *x = input + column;
        ${f.types_out[0]} *y = output + column;
% endif
${pad}int32_t most = x[0];
${pad}for (${f.index} k = 1; k < ${n}; k++) {
${pad}    most = x[${at}] > most ? x[${at}] : most;
${pad}}
${pad}uint32_t total = 0;
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    total += (uint32_t)${power};
${pad}}
${pad}const int32_t log_sum = ${f.scaled(op.log, f.call("log_total", f.value("total")))};
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    y[${at}] = ${f.stored(f.saturated(value, y), y)};
${pad}}
% if inner > 1:
    }
% endif
}
</%def>
