<%doc>Softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
% if f.ins[0][0] == 1:
${alone(f)}\
% else:
${shares(f)}\
% endif
</%def>
<%def name="alone(f)">\
/* softmax over one value: all of it */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y)
{
    (void)x;
% if f.size_in(0) > 1:
    for (${f.index} column = 0; column < ${f.size_in(0)}; column++) {
        y[column] = ${f.op.share_of_one};
    }
% else:
    y[0] = ${f.op.share_of_one};
% endif
}
</%def>
<%def name="shares(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    at = "k" if inner == 1 else f"k * {inner}"
    distance = f.saturated(f.scaled(op.enter, f.value("most") - f.value(f"x[{at}]", x)), "int16")
    power = f.call("exp_octaves" if op.brief else "exp_negative", distance)
    share = f.call("softmax_share", power, f.value("total"))
    value = f.scaled(op.leave, f.value("share")) + op.result.zero
%>\
/* softmax over ${n} values${'' if inner == 1 else f', {inner} apart'} */
APART static void ${f.name}_forward(const ${f.types_in[0]} *${'x' if inner == 1 else 'input'}, ${f.types_out[0]} *${'y' if inner == 1 else 'output'})
{
% if inner > 1:
    for (${f.index} column = 0; column < ${inner}; column++) {
        const ${f.types_in[0]} *x = input + column;
        ${f.types_out[0]} *y = output + column;
${body(f, n, at, power, share, value, y, "        ")}\
    }
% else:
${body(f, n, at, power, share, value, y, "    ")}\
% endif
}
</%def>
<%def name="body(f, n, at, power, share, value, y, pad)">\
${pad}int32_t most = x[0];
${pad}for (${f.index} k = 1; k < ${n}; k++) {
${pad}    most = x[${at}] > most ? x[${at}] : most;
${pad}}
${pad}uint32_t total = 0;
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    total += (uint32_t)${power};
${pad}}
${pad}for (${f.index} k = 0; k < ${n}; k++) {
${pad}    const int32_t share = ${share};
${pad}    y[${at}] = ${f.stored(f.saturated(value, y), y)};
${pad}}
</%def>
