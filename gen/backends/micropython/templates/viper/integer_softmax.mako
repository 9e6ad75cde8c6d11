<%doc>Softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    f.scratch(n)
    largest = [f"v = {f.at('x', 'k', x)}", "if v > most:", "    most = v"]
    terms = [f"v = {f.at('x', 'k', x)}", "v = most - v", *f.rescale(op.enter, "v"), *f.saturate("v", "int16"), *f.exp("v", op.brief)]
    terms += ["z[j] = v", "total += v", "j += 1"]
    shares = [*f.result("v", "j"), "v = (v * 32768 + (total >> 1)) // total", "if v > 32767:", "    v = 32767"]
    shares += [*f.rescale(op.leave, "v"), *f.plus("v", op.result.zero), *f.saturate("v", y), f"{f.put('y', 'k')} = v", "j += 1"]
%>\
${f.head({"x": x, "y": y})}
    """Softmax over ${n} values${'' if inner == 1 else f', {inner} apart'}."""
${f.start([*largest, *terms, *shares])}\
    for column in range(${inner}):
        most = -32768
        k = column
        while k < ${n * inner}:
${f.indented(largest, 12)}
            k += ${inner}
        total = 0
        j = 0
        k = column
        while k < ${n * inner}:
${f.indented(terms, 12)}
            k += ${inner}
        j = 0
        k = column
        while k < ${n * inner}:
${f.indented(shares, 12)}
            k += ${inner}
</%def>
