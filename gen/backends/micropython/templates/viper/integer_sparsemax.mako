<%doc>Sparsemax over the first core axis in integers: core (n, inner). Sums of more than 32 bits are two words, h 2^30 +
l.</%doc>\
<%
    n = f.few(f.ins[0][0])
    inner = f.size_in(0) // n
    stride = f", {inner} apart" if inner > 1 else ""
    beyond = 1 << 17
    limit = min(op.one - 1 >> op.up, (1 << 30) - 1)
    up = 30 - op.up
    support = "those of the support are found from the largest on"
%>\
<%write:function doc="${f'Sparsemax over {n} values{stride}: {support}.'}">
for column in range(${inner}):
    before = ${beyond}
    total = size = h = l = 0
    while True:
        most = ${-beyond}
        equal = 0
        k = column
        while k < ${n * inner}:
            ${fixed.take("v", "x", "k", op.source)}
            if v < before:
                if v > most:
                    most = v
                    equal = 1
                elif v == most:
                    equal += 1
            k += ${inner}
        if equal == 0 or total - most * size > ${limit}:
            break
        before = most
        while equal:
            equal -= 1
            size += 1
            total += most
            ${fixed.accumulate("h", "l", "total")}
    # threshold: the sums of the largest values less 1, over their number
    ${fixed.shift_wide("h", "l", op.up)}
    ${fixed.less_wide("h", "l", *f.constants(op.one))}
    threshold_h = h // size
    threshold_l = 0
    rest = h - threshold_h * size
    place = 30
    while place:
        place -= 1
        rest = (rest << 1) + ((l >> place) & 1)
        threshold_l <<= 1
        if rest >= size:
            rest -= size
            threshold_l += 1
    k = column
    while k < ${n * inner}:
        ${fixed.take("v", "x", "k", op.source)}
        l = ${f"(v & {(1 << up) - 1}) << {op.up}" if op.up else "v & 1073741823"}
        h = v >> ${up}
        ${fixed.less_wide("h", "l", "threshold_h", "threshold_l")}
        if h < 0:
            h = 0
            l = 0
        ${fixed.narrow(op.leave, "h", "l", "v")}
        ${fixed.store("v", "k", op.result)}
        k += ${inner}
</%write:function>
