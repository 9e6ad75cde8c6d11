<%doc>log_softmax over the first core axis in integers: core (n, inner). Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, x, y = f.op, f.dtypes_in[0], f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    largest = [f"v = {f.at('x', 'k', x)}", "if v > most:", "    most = v"]
    apart = [f"v = {f.at('x', 'k', x)}", "v = most - v"]
    terms = [*apart, *f.rescale(op.enter, "v"), *f.saturate("v", "int16"), *f.exp("v", op.brief), "total += v"]
    whole = [*f.log("total"), *f.rescale(op.log, "total")]
    body = [*apart, *f.rescale(op.own, "v"), "v = 0 - v - total", *f.plus("v", op.result.zero), *f.saturate("v", y)]
    body += [f"{f.put('y', 'k')} = v"]
%>\
${f.head({"x": x, "y": y})}
    """log(softmax) over ${n} values${'' if inner == 1 else f', {inner} apart'}."""
${f.start([*largest, *terms, *whole, *body])}\
    for column in range(${inner}):
        most = -32768
        k = column
        while k < ${n * inner}:
${f.indented(largest, 12)}
            k += ${inner}
        total = 0
        k = column
        while k < ${n * inner}:
${f.indented(terms, 12)}
            k += ${inner}
${f.indented(whole, 8)}
        k = column
        while k < ${n * inner}:
${f.indented(body, 12)}
            k += ${inner}
</%def>
