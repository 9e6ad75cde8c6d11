<%doc>log_softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%
    op, n = f.op, f.ins[0][0]
    inner = f.size_in(0) // n
    stride = f", {inner} apart" if inner > 1 else ""
%>\
<%write:function doc="${f'log(softmax) over {n} values{stride}.'}">
for column in range(${inner}):
    most = -32768
    k = column
    while k < ${n * inner}:
        v = ${f.at("x", "k")}
        if v > most:
            most = v
        k += ${inner}
    total = 0
    k = column
    while k < ${n * inner}:
        v = ${f.at("x", "k")}
        v = most - v
        ${fixed.rescale(op.enter, "v")}
        ${fixed.saturate("v", "int16")}
        ${fixed.exp("v", op.brief)}
        total += v
        k += ${inner}
    ${fixed.log("total")}
    ${fixed.rescale(op.log, "total")}
    k = column
    while k < ${n * inner}:
        v = ${f.at("x", "k")}
        v = most - v
        ${fixed.rescale(op.own, "v")}
        v = 0 - v - total
        ${fixed.store("v", "k", op.result)}
        k += ${inner}
</%write:function>
