<%doc>
Sparsemax over the first core axis in integers: core (n, inner). Sums of more than 32 bits are two words, h 2^30 + l.
Needs: f, the function being written.
</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.few(f.ins[0][0])
    inner = f.size_in(0) // n
    beyond = 1 << 17
    value = [f"v = {f.at('x', 'k', x)}", *f.less("v", op.source.zero)]
    limit = min(op.one - 1 >> op.up, (1 << 30) - 1)
    one_h, one_l = f.constants(op.one)
    up = 30 - op.up
    above = [*value, f"l = {f'(v & {(1 << up) - 1}) << {op.up}' if op.up else 'v & 1073741823'}", f"h = v >> {up}"]
    above += [*f.less_wide("h", "l", "threshold_h", "threshold_l"), "if h < 0:", "    h = 0", "    l = 0"]
    above += [*f.narrow(op.leave, "h", "l", "v"), *f.plus("v", op.result.zero), *f.saturate("v", y)]
    above += [f"{f.put('y', 'k')} = v"]
%>\
${f.head({"x": x, "y": y})}
    """Sparsemax over ${n} values${'' if inner == 1 else f', {inner} apart'}: those of the support are found from the largest on."""
${f.start([*value, *above])}\
    for column in range(${inner}):
        before = ${beyond}
        total = size = h = l = 0
        while True:
            most = ${-beyond}
            equal = 0
            k = column
            while k < ${n * inner}:
${f.indented(value, 16)}
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
${f.indented(f.accumulate("h", "l", "total"), 16)}
        # threshold: the sums of the largest values less 1, over their number
${f.indented([*f.shift_wide("h", "l", op.up), *f.less_wide("h", "l", one_h, one_l)], 8)}
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
${f.indented(above, 12)}
            k += ${inner}
</%def>
