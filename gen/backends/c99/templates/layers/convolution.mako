<%doc>Convolution, from pointers to the rows that a window sees. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op = f.op
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line, groups = r.inner, op.groups
    own = op.channels // groups
    b = f.blocks(op.filters // groups, 1)
    whole = groups == 1 and line.window.dilation == 1
    kernel = f.grouped("kernel", op.kernel, b, groups, own * (line.window.kernel if whole else 1))
    pad = "        " if r.outer else "    "
%>\
enum { ${f.up}_PATCH = ${len(op.kernel)}, ${f.up}_FILTERS = ${op.filters}, ${f.up}_BLOCKS = ${b.count * groups} };

/* [block of ${b.units} filter${'s' if b.units > 1 else ''}][input of the window][filter] */
${kernel.definition}
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_BLOCKS][${b.rows}] = {
${f.table("bias", f.packed(op.bias, b, groups))}
};

% endif
/* ${"A row of the output from the rows that its windows see" if r.outer else "A frame of the output from the frames that its window sees"}${", NULL where one is padding" if r.padded else ""}; a = ${op.activation}. */
${rows.head(f, r)}\
{
% if r.outer:
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% endif
${pad}for (int block = 0; block < ${f.up}_BLOCKS; block++) {
% if groups > 1:
${pad}    const int group = block${f" / {b.count}" if b.count > 1 else ""};
${pad}    const int first_filter = ${total(times("group", op.filters // groups), times(f"block % {b.count}", b.units)) if b.count > 1 else times("group", op.filters // groups)};
% else:
${pad}    const int first_filter = ${times("block", b.units)};
% endif
${pad}    float sum[${b.rows}]${'' if op.bias is not None else ' = { 0.0f }'};
% if op.bias is not None:
${pad}    ${f.load("sum", "bias[block]", b.rows)}
% endif
% if r.outer and r.pointers > 1:
${pad}    for (int i = 0; i < ${r.pointers}; i++) {
% if r.padded:
${pad}        if (rows[i] != NULL) {
${products(f, r, kernel, own, whole, pad + "            ")}\
${pad}        }
% else:
${products(f, r, kernel, own, whole, pad + "        ")}\
% endif
${pad}    }
% elif r.padded:
${pad}    if (rows[0] != NULL) {
${products(f, r, kernel, own, whole, pad + "        ")}\
${pad}    }
% else:
${products(f, r, kernel, own, whole, pad + "    ")}\
% endif
% if b.padded:
${pad}    const int filters = ${f.up}_FILTERS${f" / {groups}" if groups > 1 else ""} - ${times(f"block % {b.count}" if groups > 1 and b.count > 1 else "0" if groups > 1 else "block", b.units)};
${pad}    for (int j = 0; j < filters && j < ${b.units}; j++) {
% else:
${pad}    for (int j = 0; j < ${b.units}; j++) {
% endif
${pad}        y[first_filter + j] = ${f.act(op.activation, "sum[j]")};
${pad}    }
${pad}}
% if r.outer:
        y += ${f.up}_FILTERS;
    }
% endif
}

${rows.forward(f, r)}\
</%def>
<%def name="products(f, r, kernel, own, whole, pad)">\
<%
    line = r.inner
    k, d, channels = line.window.kernel, line.window.dilation, f.op.channels
    row = (f"rows[i]" if r.pointers > 1 else "rows[0]") if r.outer else "x"
    tap_row = times("i", k) if r.outer and r.pointers > 1 else "0"
    group = times("group", own) if f.op.groups > 1 else "0"
%>\
% if whole:
<%
    at = times(total("start", line.first), channels) if r.outer else "0"
    from_ = total(row, at)
    count = times(line.taps, channels) if line.padded else str(k * channels)
%>\
${pad}${kernel.multiply("sum", from_, times(total(tap_row, line.first), channels), count)}
% else:
<%
    base = total("start", times("tap", d)) if r.outer else times(total("tap", f"-{line.first}" if line.low else "0"), d)
%>\
${pad}for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
${pad}    ${kernel.multiply("sum", total(row, times(base, channels), group), times(total(tap_row, "tap"), own), str(own))}
${pad}}
% endif
</%def>
