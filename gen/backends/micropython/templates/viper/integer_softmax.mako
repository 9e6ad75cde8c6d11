<%doc>Softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%
    op, n = f.op, f.ins[0][0]
    inner = f.size_in(0) // n
    stride = f", {inner} apart" if inner > 1 else ""
    f.scratch(n)
%>\
<%write:function doc="${f'Softmax over {n} values{stride}.'}">
for column in range(${inner}):
    most = -32768
    k = column
    while k < ${n * inner}:
        v = ${f.at("x", "k")}
        if v > most:
            most = v
        k += ${inner}
    total = 0
    j = 0
    k = column
    while k < ${n * inner}:
        v = ${f.at("x", "k")}
        v = most - v
        ${fixed.rescale(op.enter, "v")}
        ${fixed.saturate("v", "int16")}
        ${fixed.exp("v", op.brief)}
        z[j] = v
        total += v
        j += 1
        k += ${inner}
    j = 0
    k = column
    while k < ${n * inner}:
        ${fixed.result("v", "j")}
        v = (v * 32768 + (total >> 1)) // total
        if v > 32767:
            v = 32767
        ${fixed.rescale(op.leave, "v")}
        ${fixed.store("v", "k", op.result)}
        j += 1
        k += ${inner}
</%write:function>
