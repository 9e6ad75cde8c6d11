<%doc>Convolution, from pointers to a window's rows. In integers each window is laid out flat, its padding at the zero
point, and multiplied as a whole.</%doc>\
<%
    op, groups = f.op, f.op.groups
    many = op.filters // groups
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    whole = groups == 1 and r.inner.window.dilation == 1
    b = f.blocks(many, 1, f.matrix(op.own, f.dtypes_in[0], slice(0, many)) if f.integer else None)
    if f.integer:
        p = f.part("kernel", op.own, f.dtypes_in[0], b, groups=groups, at="block")
    else:
        p = f.grouped("kernel", op.kernel, b, groups, op.channels // groups * (r.inner.window.kernel if whole else 1), op.bias)
    scratch = "window" if f.integer and op.scratch else ""
%>\
enum { ${f.up}_PATCH = ${r.taps * op.channels // groups}, ${f.up}_FILTERS = ${op.filters}, ${f.up}_BLOCKS = ${b.count * groups} };

/* ${f.layout_comment("filter", p)} */
${p.definition}
${rows.note(f, r)}\
<%call expr="rows.function(f, r, scratch)">
% if scratch and op.direct:
const ${f.types_in[0]} *seen = x;
if (last - first < ${r.inner.names}_TAPS) {
${rows.gather(f, r, op.source.zero, groups)}\
seen = window;
}
% elif scratch:
${rows.gather(f, r, op.source.zero, groups)}\
% endif
for (int block = 0; block < ${f.up}_BLOCKS; block++) {
${f"const int group = block / {b.count};" if groups > 1 else ""}
const int first_filter = ${f"group * {many} + block % {b.count}" if groups > 1 else "block"} * ${b.units};
${sums.begun(f, p)}\
% if f.integer:
${p.multiply("sum", ("seen" if op.direct and scratch else scratch or "x") + (f" + group * {f.up}_PATCH" if groups > 1 else ""), f"{f.up}_PATCH")}
% else:
<%call expr="rows.each(f, r)">
${products(f, r, p, whole)}\
</%call>
% endif
${sums.results(f, b, p, f"{many} - first_filter{f' % {many}' if groups > 1 else ''}")}\
}
</%call>
<%def name="products(f, r, p, whole)">\
<%
    a, groups = r.inner.names, f.op.groups
    part = f"(CHANNELS / {groups})"
    first = f"(i * {a}_TAPS + first) * CHANNELS" if r.outer else "first * CHANNELS"
%>\
% if whole:
${p.multiply("sum", r.begin.replace(r.source, "x"), first, f"(last - first) * CHANNELS")}
% else:
<% x = f"x + {r.place}" + (f" + group * {part}" if groups > 1 else "") %>\
${over(f"{f.index} tap", "last", p.multiply("sum", x, f"({r.tap}) * {part}", part), start="first")}
% endif
</%def>
