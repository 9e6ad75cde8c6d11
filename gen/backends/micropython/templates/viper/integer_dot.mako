<%doc>
Dot in integers: products summed over one axis of each input, or the cosine. Sums may take more than 32 bits: Python's own
integers, which allocate. Needs: f, the function being written.
</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    (a, b), (first, second) = op.axes, f.ins
    n = first[a]
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    product = [f"u = x0[one + k * {step_a}]", *f.less("u", op.sources[0].zero)]
    product += [f"v = x1[two + k * {step_b}]", *f.less("v", op.sources[1].zero), "total += u * v"]
    product += ["square_one += u * u", "square_two += v * v"] if op.least else []
    body = ["v = total"]
    if op.least:
        body = [f"v = {f.help('cosine')}(total, max(square_one, {op.least[0]}), max(square_two, {op.least[1]}))"]
    body += [*f.rescale(op.gain, "v"), *f.plus("v", op.result.zero), *f.saturate("v", f.dtypes_out[0])]
%>\
def _${f.name}(x0, x0_at, x1, x1_at, y, y_at, z):
    """Sum over axis ${a} of the first input and axis ${b} of the second${', each of length 1 along it' if op.least else ''}. ${f.allocates()}"""
    for p in range(${rows_a}):
        one = x0_at + p // ${step_a} * ${step_a * n} + p % ${step_a}
        for q in range(${rows_b}):
            two = x1_at + q // ${step_b} * ${step_b * n} + q % ${step_b}
            total = square_one = square_two = 0
            for k in range(${n}):
${f.indented(product, 16)}
${f.indented(body, 12)}
            y[y_at + p * ${rows_b} + q] = v
</%def>
