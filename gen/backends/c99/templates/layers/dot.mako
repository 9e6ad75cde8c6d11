<%
    op = f.op
    (a, b), (first, second) = op.axes, f.ins
    n = first[a]
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    p, q = f"one[k * {step_a}]", f"two[k * {step_b}]"
    lengths = op.least is not None if f.integer else op.normalize
    if f.integer:
        p, q = (f.value(x, dtype) - source.zero for x, source, dtype in zip((p, q), op.sources, f.dtypes_in))
        least = [f.number(value, "int64") for value in op.least or ()]
        wide = op.wide or lengths
        number, sums, zero = "int32_t", "int64_t" if wide else "int32_t", "0"
        squares, of_square = "uint64_t", "(uint32_t)"
        total = f.call("cosine", *map(f.value, ("sum", "square_one", "square_two"))) if lengths else f.value("sum")
        total = (f.scaled_long if op.wide and not lengths else f.scaled)(op.gain, total)
    else:
        least = [f.literal(op.least)] * 2
        number, sums, zero, squares, of_square = "float", "float", "0.0f", "float", ""
%>\
<%frame:whole note="Sum over axis ${str(a)} of the first input and axis ${str(b)} of the second${', each of length 1 along it' if lengths else ''}." names="${('x0', 'x1')}">
for (${f.index} i = 0; i < ${rows_a}; i++) {
const ${f.types_in[0]} *one = x0 + i / ${step_a} * ${step_a * n} + i % ${step_a};
for (${f.index} j = 0; j < ${rows_b}; j++) {
const ${f.types_in[1]} *two = x1 + j / ${step_b} * ${step_b * n} + j % ${step_b};
${sums} sum = ${zero};
${[f"{squares} square_{x} = {zero};" for x in ("one", "two") if lengths]}
for (${f.index} k = 0; k < ${n}; k++) {
const ${number} p = ${p};
const ${number} q = ${q};
sum += p * q;
${[f"square_{x} += {of_square}({v} * {v});" for x, v in (("one", "p"), ("two", "q")) if lengths]}
}
${[f"square_{x} = square_{x} > {low} ? square_{x} : {low};" for x, low in zip(("one", "two"), least) if lengths]}
<% to, share = f"y[i * {rows_b} + j]", "sum / sqrtf(square_one) / sqrtf(square_two)" if lengths else "sum" %>\
${frame.out(to, total + op.result.zero) if f.integer else f"{to} = {share};\n"}\
}
}
</%frame:whole>
