<%
    (a, b), (first, second) = op.axes, f.ins
    n = first[a]
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    one = f"i0 + p // {step_a} * {step_a * n} + p % {step_a}"
    two = f"i1 + q // {step_b} * {step_b * n} + q % {step_b}"
%>\
def _${f.name}(x0, i0, x1, i1, y, o):
    """Sum over axis ${a} of the first input and axis ${b} of the second${', each of length 1 along it' if op.normalize else ''}."""
    for p in range(${rows_a}):
        one = ${one}
        for q in range(${rows_b}):
            two = ${two}
            total = 0.0
            ${"square_one = square_two = 0.0" if op.normalize else ""}
            for k in range(${n}):
                u = x0[one + k * ${step_a}]
                v = x1[two + k * ${step_b}]
                total += u * v
                ${["square_one += u * u", "square_two += v * v"] if op.normalize else []}
<% roots = [f"sqrt(max(square_{x}, {f.literal(op.least)}))" for x in ("one", "two")] if op.normalize else [] %>\
            ${f"total /= {' * '.join(roots)}" if roots else ""}
            y[o + p * ${rows_b} + q] = total
