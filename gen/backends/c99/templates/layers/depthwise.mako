<%doc>Depthwise convolution, from pointers to the rows that a window sees. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op = f.op
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line, m = r.inner, op.multiplier
    values, scales = f.columns(op.kernel)
    pad = "        " if r.outer else "    "
    several = r.outer and r.pointers > 1
    inside = pad + ("        " if several and r.padded else "    " if several or r.padded else "")
    done = "y[c]"
    if scales is not None:
        done = f"y[c] * {f.name}_scales[c]"
    if op.bias is not None and scales is not None:
        done += f" + {f.name}_bias[c]"
    start = f"{f.name}_bias[c]" if op.bias is not None and scales is None else "0.0f"
    finish = f.act(op.activation, f"({done})" if " " in done and op.activation.name != "linear" else done)
    row = ("rows[i]" if several else "rows[0]") if r.outer else "x"
    base = total("start", times("tap", line.window.dilation)) if r.outer else times(total("tap", "-first" if line.low else "0"), line.window.dilation)
    tap = total(times("i", line.window.kernel) if several else "0", "tap")
    at_once = f.special("depthwise_floats") if m == 1 and scales is None and values.dtype.kind == "f" else ""
    relu = at_once and op.activation.name == "relu" and not op.activation.params
%>\
enum { ${f.up}_TAPS = ${len(op.kernel)}, ${f.up}_CHANNELS = ${op.channels}, ${f.up}_FILTERS = ${op.filters} };

/* [place in the window][filter]${f"; {m} filters a channel" if m > 1 else ""} */
${f.constant_of(values)} ${f.name}_kernel[${f.up}_TAPS][${f.up}_FILTERS] = {
${f.table("kernel", values)}
};

% if scales is not None:
${f.constant} ${f.name}_scales[${f.up}_FILTERS] = {
${f.table("scales", scales)}
};

% endif
% if op.bias is not None:
${f.constant} ${f.name}_bias[${f.up}_FILTERS] = {
${f.table("bias", op.bias)}
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
% if at_once:
${pad}const float *from[${f.up}_TAPS]; /* places of the window that are there, and their weights */
${pad}const float *by[${f.up}_TAPS];
${pad}int taps = 0;
% else:
${pad}for (${f.index} c = 0; c < ${f.up}_FILTERS; c++) {
${pad}    y[c] = ${start};
${pad}}
% endif
% if several:
${pad}for (int i = 0; i < ${r.pointers}; i++) {
% if r.padded:
${pad}    if (rows[i] != NULL) {
% endif
% elif r.padded:
${pad}if (rows[0] != NULL) {
% endif
${inside}for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
% if at_once:
${inside}    from[taps] = ${total(row, times(base, r.channels))};
${inside}    by[taps++] = ${f.name}_kernel[${tap}];
% else:
${inside}    const float *from = ${total(row, times(base, r.channels))};
% endif
% if at_once:
% elif m == 1:
${inside}    for (${f.index} c = 0; c < ${f.up}_FILTERS; c++) {
${inside}        y[c] += ${f.float_of(f"{f.name}_kernel[{tap}][c]")} * from[c];
${inside}    }
% else:
${inside}    for (${f.index} c = 0; c < ${f.up}_CHANNELS; c++) {
${inside}        for (int j = 0; j < ${m}; j++) {
${inside}            y[c * ${m} + j] += ${f.float_of(f"{f.name}_kernel[{tap}][c * {m} + j]")} * from[c];
${inside}        }
${inside}    }
% endif
${inside}}
% if several and r.padded:
${pad}    }
% endif
% if several or r.padded:
${pad}}
% endif
% if at_once:
${pad}${at_once}(y, from, by, taps, ${"NULL" if start == "0.0f" else f"{f.name}_bias"}, ${f.up}_FILTERS, ${int(relu)});
% endif
% if finish != "y[c]" and not relu:
${pad}for (${f.index} c = 0; c < ${f.up}_FILTERS; c++) {
${pad}    y[c] = ${finish};
${pad}}
% endif
% if r.outer:
        y += ${f.up}_FILTERS;
    }
% endif
}

${rows.forward(f, r)}\
</%def>
