<%doc>Products summed over one axis of each input, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op, out = f.op, f.dtypes_out[0]
    (a, b), (first, second) = op.axes, f.ins
    n = first[a]
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    one, two = (
        f.value(f"{x}[k * {step}]", dtype) - source.zero
        for x, step, source, dtype in zip(("one", "two"), (step_a, step_b), op.sources, f.dtypes_in)
    )
    sums = "int64_t" if op.wide or op.least else "int32_t"
    if op.least:
        total = f.scaled(op.gain, f.call("cosine", *map(f.value, ("sum", "square_one", "square_two"))))
    else:
        total = (f.scaled_long if op.wide else f.scaled)(op.gain, f.value("sum"))
%>\
/* Sum over axis ${a} of the first input and axis ${b} of the second${', each of length 1 along it' if op.least else ''}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x0, const ${f.types_in[1]} *x1, ${f.types_out[0]} *y)
{
    for (${f.index} i = 0; i < ${rows_a}; i++) {
        const ${f.types_in[0]} *one = x0 + i / ${step_a} * ${step_a * n} + i % ${step_a};
        for (${f.index} j = 0; j < ${rows_b}; j++) {
            const ${f.types_in[1]} *two = x1 + j / ${step_b} * ${step_b * n} + j % ${step_b};
            ${sums} sum = 0;
% if op.least:
            uint64_t square_one = 0;
            uint64_t square_two = 0;
% endif
            for (${f.index} k = 0; k < ${n}; k++) {
                const int32_t p = ${one};
                const int32_t q = ${two};
                sum += p * q;
% if op.least:
                square_one += (uint32_t)(p * p);
                square_two += (uint32_t)(q * q);
% endif
            }
% if op.least:
% for name, least in (("square_one", op.least[0]), ("square_two", op.least[1])):
            ${name} = ${name} > ${f.number(least, "int64")} ? ${name} : ${f.number(least, "int64")};
% endfor
% endif
            const int32_t value = ${total + op.result.zero};
            y[i * ${rows_b} + j] = ${f.stored(f.saturated(f.value("value"), out), out)};
        }
    }
}
</%def>
