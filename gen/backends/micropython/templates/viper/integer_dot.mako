<%doc>Dot in integers: products summed over one axis of each input, or the cosine. Sums of more than 32 bits are two
words, h 2^30 + l.</%doc>\
<%
    types, result = f.dtypes_in, f.dtypes_out[0]
    (a, b), (first, second) = op.axes, f.ins
    n = f.few(first[a])
    step_a, step_b = f.size(first[a + 1:]), f.size(second[b + 1:])
    rows_a, rows_b = f.size(first) // n, f.size(second) // n
    two_words = op.wide or op.least is not None
    what = f"Sum over axis {a} of the first input and axis {b} of the second"
%>\
% if op.least:
<% f.scratch(6) %>\
<%write:part name="squares" doc="z = the sum of products of two rows, and those of their squares: h 2^30 + l each."
    tensors="${dict(zip(('x0', 'x1'), types))}" given="${('p', 'q')}">
${rows()}
one_h = one_l = two_h = two_l = 0
for k in range(${n}):
    ${product()}
    ${fixed.accumulate("one_h", "one_l", "u * u")}
    ${fixed.accumulate("two_h", "two_l", "v * v")}
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
</%write:part>\
<%write:part name="finish" tensors="${{'y': result}}" given="${('p', 'q')}">
${fixed.result("v", "0")}
${fixed.store("v", f"p * {rows_b} + q", op.result, op.gain)}
</%write:part>\
<%write:calling doc="${what + ', each of length 1 along it.'}" arguments="${('x0', 'x1', 'y')}">
for p in range(${rows_a}):
    for q in range(${rows_b}):
        ${f.call("squares")}
        ${f.help("cosine")}(0, 0, z)
        ${f.call("finish")}
</%write:calling>
% else:
<%write:function doc="${what + '.'}">
for p in range(${rows_a}):
    for q in range(${rows_b}):
        ${rows()}
        for k in range(${n}):
            ${product()}
% if two_words:
        ${fixed.narrow(op.gain, "h", "l", "v")}
% else:
        v = l
        ${fixed.rescale(op.gain, "v")}
% endif
        ${fixed.store("v", f"p * {rows_b} + q", op.result)}
</%write:function>
% endif
<%def name="rows()" buffered="True">
one = p // ${step_a} * ${step_a * n} + p % ${step_a}
two = q // ${step_b} * ${step_b * n} + q % ${step_b}
l = 0
${"h = 0" if two_words else ""}
</%def>
<%def name="product()" buffered="True">
${fixed.take("u", "x0", f"one + k * {step_a}", op.sources[0])}
${fixed.take("v", "x1", f"two + k * {step_b}", op.sources[1])}
${fixed.accumulate("h", "l", "u * v") if two_words else "l += u * v"}
</%def>
