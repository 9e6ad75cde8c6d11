<%doc>
Dot in integers: products summed over one axis of each input, or the cosine. Sums of more than 32 bits are two words,
h 2^30 + l. Needs: f, the function being written.
</%doc>\
<%def name="define(f)">\
<%
    op, types, result = f.op, f.dtypes_in, f.dtypes_out[0]
    (a, b), (first, second) = op.axes, f.ins
    n = f.few(first[a])
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    wide = op.wide or op.least is not None
    place = [f"one = p // {step_a} * {step_a * n} + p % {step_a}", f"two = q // {step_b} * {step_b * n} + q % {step_b}"]
    place += ["l = 0", *(["h = 0"] if wide else [])]
    product = [f"u = {f.at('x0', f'one + k * {step_a}', types[0])}", *f.less("u", op.sources[0].zero)]
    product += [f"v = {f.at('x1', f'two + k * {step_b}', types[1])}", *f.less("v", op.sources[1].zero)]
    product += f.accumulate("h", "l", "u * v") if wide else ["l += u * v"]
    leave = [*f.plus("v", op.result.zero), *f.saturate("v", result), f"{f.put('y', f'p * {rows_b} + q')} = v"]
%>\
% if op.least:
<%
    product += [*f.accumulate("one_h", "one_l", "u * u"), *f.accumulate("two_h", "two_l", "v * v")]
    leave = [*f.result("v", "0"), *f.rescale(op.gain, "v"), *leave]
    squares = f.part("squares", {"x0": types[0], "x1": types[1]}, product, given=("p", "q"), hot=("p", "q"))
    finish = f.part("finish", {"y": result}, leave, given=("p", "q"), hot=("p", "q"))
    f.scratch(6)
%>\
${squares.head}
    """z = the sum of products of two rows, and those of their squares: h 2^30 + l each."""
${squares.start}\
${f.indented(place, 4)}
    one_h = one_l = two_h = two_l = 0
    for k in range(${n}):
${f.indented(product, 8)}
% for name, at, least in (("one", 2, op.least[0]), ("two", 4, op.least[1])):
<% h, l = f.constants(least) %>\
    if ${name}_h < ${h} or (${name}_h == ${h} and ${name}_l < ${l}):
        ${name}_h = ${h}
        ${name}_l = ${l}
    z[${at}] = ${name}_h
    z[${at + 1}] = ${name}_l
% endfor
    z[0] = h
    z[1] = l


${finish.head}
${finish.start}\
${f.indented(leave, 4)}


def _${f.name}(x0, x0_at, x1, x1_at, y, y_at, z):
    """Sum over axis ${a} of the first input and axis ${b} of the second, each of length 1 along it."""
    for p in range(${rows_a}):
        for q in range(${rows_b}):
            ${squares.call}
            ${f.help("cosine")}(0, 0, z)
            ${finish.call}
% else:
<% leave = [*(f.narrow(op.gain, "h", "l", "v") if wide else ["v = l", *f.rescale(op.gain, "v")]), *leave] %>\
${f.head({"x0": types[0], "x1": types[1], "y": result})}
    """Sum over axis ${a} of the first input and axis ${b} of the second."""
${f.start([*product, *leave])}\
    for p in range(${rows_a}):
        for q in range(${rows_b}):
${f.indented(place, 12)}
            for k in range(${n}):
${f.indented(product, 16)}
${f.indented(leave, 12)}
% endif
</%def>
