<%doc>Convolution in integers: each window is laid out flat, its padding at the zero point, and multiplied. Needs: f, the
function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op = f.op
    x, y = f.dtypes_in[0], f.dtypes_out[0]
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line, groups = r.inner, op.groups
    many = op.filters // groups
    b = f.blocks(many, 1, f.matrix(op.own, x, slice(0, many)))
    p = f.part("kernel", op.own, x, b, groups=groups, at="block")
    row = p.result("sum", "j")
    value = row if op.activation is None else f.scaled(op.narrow, f.unit(op.activation, f.saturated(row, "int16")))
    many_rows = f"{f.up}_FILTERS - first_filter"
    many_rows = f"{many_rows} < {b.units} ? {many_rows} : {b.units}" if b.padded and b.count > 1 else str(min(b.units, many))
    at_once = f.to_bytes(p, "sum", "y + first_filter", many_rows) if groups == 1 or not b.padded else ""
    pad = "        " if r.outer else "    "
    scratch = "window" if op.scratch else ""
    seen = "seen" if op.direct and scratch else scratch or "x"
%>\
enum { ${f.up}_PATCH = ${op.inputs}, ${f.up}_FILTERS = ${op.filters}, ${f.up}_BLOCKS = ${b.count * groups} };

/* ${f.layout_comment("filter", p)} */
${p.definition}
/* ${"A row of the output from the rows that its windows see" if r.outer else "A frame of the output from the frames that its window sees"}${", NULL where one is padding" if r.padded else ""}${f"; a = {op.activation.function}" if op.activation else ""}${'' if (op.low, op.high) == (op.result.low, op.result.high) else f'; from {op.low} to {op.high}'}. */
${rows.head(f, r, scratch)}\
{
% if r.outer:
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% endif
% if seen == "seen":
    const ${f.types_in[0]} *seen = x;
    if (${line.taps} < ${line.window.kernel}) {
${rows.gather(f, r, op.source.zero, groups, pad + "    ")}\
        seen = window;
    }
% elif scratch:
${rows.gather(f, r, op.source.zero, groups, pad)}\
% endif
${pad}for (int block = 0; block < ${f.up}_BLOCKS; block++) {
% if groups > 1:
${pad}    const int group = block${f" / {b.count}" if b.count > 1 else ""};
${pad}    const int first_filter = ${total(times("group", many), times(f"block % {b.count}", b.units)) if b.count > 1 else times("group", many)};
% else:
${pad}    const int first_filter = ${times("block", b.units)};
% endif
${pad}    ${p.sums} sum[${b.rows}];
${f.placed(f.start(sum=p), pad + "    ")}
${pad}    ${p.multiply("sum", f"{seen} + group * {f.up}_PATCH" if groups > 1 else seen, f"{f.up}_PATCH")}
% if at_once:
${pad}    ${at_once}
% elif b.padded:
${pad}    const int filters = ${f.up}_FILTERS${f" / {groups}" if groups > 1 else ""} - ${times(f"block % {b.count}" if groups > 1 and b.count > 1 else "0" if groups > 1 else "block", b.units)};
${pad}    for (int j = 0; j < filters && j < ${b.units}; j++) {
% else:
${pad}    for (int j = 0; j < ${b.units}; j++) {
% endif
% if not at_once:
${pad}        const int32_t value = ${value + op.result.zero};
${pad}        y[first_filter + j] = ${f.stored(f.bounded(f.value("value"), op.low, op.high, y), y)};
${pad}    }
% endif
${pad}}
% if r.outer:
        y += ${f.up}_FILTERS;
    }
% endif
}

${rows.forward(f, r, scratch)}\
</%def>
