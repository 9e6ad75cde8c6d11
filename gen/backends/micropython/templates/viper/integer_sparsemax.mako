<%doc>
Sparsemax over the first core axis in integers: core (n, inner). Its sums take more than 32 bits: Python's own integers,
which allocate. Needs: f, the function being written.
</%doc>\
<%def name="define(f)">\
<%
    op, y = f.op, f.dtypes_out[0]
    n = f.ins[0][0]
    inner = f.size_in(0) // n
    value = [f"v = x[x_at + k]", *f.less("v", op.source.zero), *([f"v <<= {op.up}"] if op.up else [])]
    body = [*value, "v -= threshold", "if v < 0:", "    v = 0", *f.rescale(op.leave, "v")]
    body += [*f.plus("v", op.result.zero), *f.saturate("v", y)]
%>\
def _${f.name}(x, x_at, y, y_at, z):
    """Sparsemax over ${n} values${'' if inner == 1 else f', {inner} apart'}. ${f.allocates()}"""
    for column in range(${inner}):
        values = []
        for k in range(column, ${n * inner}, ${inner}):
${f.indented(value, 12)}
            values.append(v)
        values.sort()
        total = size = sums = rank = 0
        for v in reversed(values):
            rank += 1
            total += v
            if v * rank > total - ${op.one}:
                size += 1
                sums += total
        threshold = (sums - ${op.one}) // size
        for k in range(column, ${n * inner}, ${inner}):
${f.indented(body, 12)}
            y[y_at + k] = v
</%def>
