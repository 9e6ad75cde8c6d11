<%doc>Depthwise convolution in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op, m = f.op, f.op.multiplier
    y = f.dtypes_out[0]
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line = r.inner
    padded = r.padded or line.padded
    at_once = f.depthwise_bytes(op.own) if m == 1 else ""
    moved = at_once[len("depthwise_bytes"):] != "" # pointers are moved on by a pixel
    d = f.diagonal("kernel", op.own, 16 if moved else 0)
    row = d.result("sum", "c")
    value = row if op.activation is None else f.scaled(op.narrow, f.unit(op.activation, f.saturated(row, "int16")))
    at_once = f.by_places(at_once, d) if at_once else ""
    pad = "        " if r.outer else "    "
    again = r.anew("column") if moved and r.outer else "" # when pointers are found anew
    cast = "(int32_t)" if "int16" in (op.own.weights.dtype.name, f.dtypes_in[0]) else ""
%>\
enum { ${f.up}_TAPS = ${op.inputs}, ${f.up}_CHANNELS = ${op.channels}, ${f.up}_FILTERS = ${op.filters} };

/* ${"[16 filters][place in the window][filter]" if moved else "[place in the window][filter]"}${f"; {m} filters a channel" if m > 1 else ""} */
${d.definition}
/* ${"A row of the output from the rows that its windows see" if r.outer else "A frame of the output from the frames that its window sees"}${", NULL where one is padding" if r.padded else ""}${f"; a = {op.activation.function}" if op.activation else ""}${'' if (op.low, op.high) == (op.result.low, op.result.high) else f'; from {op.low} to {op.high}'}. */
${rows.head(f, r, "window")}\
{
% if at_once:
    const int8_t *from[${f.up}_TAPS]; /* where the window's places lie; window holds what padding is */
% if padded:
    ${f.filled("window", op.source.zero, f"{f.up}_CHANNELS")}
% else:
    (void)window;
% endif
% endif
% if r.outer:
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% endif
% if at_once and again:
${pad}if (${again}) {
${rows.point(f, r, pad + "    ")}\
${pad}} /* else they have been moved on */
${pad}${at_once}
% elif at_once:
${rows.point(f, r, pad)}\
${pad}${at_once}
% else:
${rows.gather(f, r, op.source.zero, 1, pad)}\
${pad}for (${f.index} c = 0; c < ${f.up}_FILTERS; c++) {
${pad}    ${d.sums} sum = ${d.first};
${pad}    for (${f.index} tap = 0; tap < ${f.up}_TAPS; tap++) {
${pad}        sum += ${cast}${f.name}_kernel_weights[tap][c] * window[tap * ${f.up}_CHANNELS + ${"c" if m == 1 else f"c / {m}"}];
${pad}    }
${pad}    const int32_t value = ${value + op.result.zero};
${pad}    y[c] = ${f.stored(f.bounded(f.value("value"), op.low, op.high, y), y)};
${pad}}
% endif
% if r.outer:
        y += ${f.up}_FILTERS;
    }
% endif
}

${rows.forward(f, r, "window")}\
</%def>
