<%doc>Softmax and its logarithm over the first core axis in integers: core (n, inner).</%doc>\
<%
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    logarithm = op.kind == "integer_log_softmax"
    doc = f"{'log(softmax)' if logarithm else 'Softmax'} over {n} values{f', {inner} apart' if inner > 1 else ''}."
    if not logarithm:
        f.scratch(n)
%>\
<%write:function doc="${doc}">
for column in range(${inner}):
    most = -32768
    ${column(largest())}
    total = 0
    ${"" if logarithm else "j = 0"}
    ${column(power())}
% if logarithm:
    ${fixed.log("total")}
    ${fixed.rescale(op.log, "total")}
    ${column(log_share())}
% else:
    j = 0
    ${column(share())}
% endif
</%write:function>
<%def name="column(body)" buffered="True">
k = column
while k < ${n * inner}:
    ${body}
    k += ${inner}
</%def>
<%def name="largest()" buffered="True">
v = ${f.at("x", "k")}
if v > most:
    most = v
</%def>
<%def name="power()" buffered="True">
v = ${f.at("x", "k")}
v = most - v
${fixed.rescale(op.enter, "v")}
${fixed.saturate("v", "int16")}
${fixed.exp("v", op.brief)}
${"" if logarithm else "z[j] = v"}
total += v
${"" if logarithm else "j += 1"}
</%def>
<%def name="share()" buffered="True">
${fixed.result("v", "j")}
v = (v * 32768 + (total >> 1)) // total
if v > 32767:
    v = 32767
${fixed.store("v", "k", op.result, op.leave)}
j += 1
</%def>
<%def name="log_share()" buffered="True">
v = ${f.at("x", "k")}
v = most - v
${fixed.rescale(op.own, "v")}
v = 0 - v - total
${fixed.store("v", "k", op.result)}
</%def>
