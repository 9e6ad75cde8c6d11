<%doc>Depthwise convolution, from pointers to a window's rows.</%doc>\
<%
    op, m = f.op, f.op.multiplier
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    taps = len(op.own.weights if f.integer else op.kernel)
    note = f"; {m} filters a channel" if m > 1 else ""
%>\
enum { ${f.up}_TAPS = ${taps}, ${f.up}_FILTERS = ${op.filters} };

${(integers if f.integer else floats)(f, r, m, note)}\
<%def name="floats(f, r, m, note)">\
<%
    op = f.op
    values, scales = f.columns(op.kernel)
    bias = "" if op.bias is None else f"{f.name}_bias[c]"
    done = "y[c]" if scales is None else " + ".join([f"y[c] * {f.name}_scales[c]", *([bias] if bias else [])])
    at_once = f.special("depthwise_floats") if m == 1 and scales is None and values.dtype.kind == "f" else ""
    relu = at_once and op.activation.name == "relu" and not op.activation.params
    finish = f.act(op.activation, f"({done})" if " " in done and op.activation.name != "linear" else done)
%>\
/* [place in the window][filter]${note} */
${f.defined("kernel", values, shape=f"[{f.up}_TAPS][{f.up}_FILTERS]")}
<% tables = [(name, table) for name, table in (("scales", scales), ("bias", op.bias)) if table is not None] %>\
${"\n".join(f.defined(name, table, "float32", f"[{f.up}_FILTERS]") for name, table in tables)}
${rows.note(f, r)}\
<%call expr="rows.function(f, r)">
% if at_once:
const float *from[${f.up}_TAPS]; /* places of the window inside the input, and their weights */
const float *by[${f.up}_TAPS];
int taps = 0;
<%call expr="rows.each(f, r)">
<% place, weights = f"from[taps] = x + {r.place};", f"by[taps++] = {f.name}_kernel[{r.tap}];" %>\
${over(f"{f.index} tap", "last", place, weights, start="first")}
</%call>
${at_once}(y, from, by, taps, ${f"{f.name}_bias" if bias else "NULL"}, ${f.up}_FILTERS, ${int(relu)});
% else:
${over(f"{f.index} c", f"{f.up}_FILTERS", f'y[c] = {bias if bias and scales is None else "0.0f"};')}
<%call expr="rows.each(f, r)">
for (${f.index} tap = first; tap < last; tap++) {
const float *from = x + ${r.place};
<% weight = f.float_of(f"{f.name}_kernel[{r.tap}][c * {m} + j]") %>\
${over(f"{f.index} c", "CHANNELS", over("int j", m, f"y[c * {m} + j] += {weight} * from[c];"))}
}
</%call>
% endif
${over(f"{f.index} c", f"{f.up}_FILTERS", f"y[c] = {finish};") if finish != "y[c]" and not relu else ""}
</%call>
</%def>
<%def name="integers(f, r, m, note)">\
<%
    op = f.op
    at_once = f.depthwise_bytes(op.own) if m == 1 else ""
    moved = at_once.removeprefix("depthwise_bytes") != "" # pointers are moved on by a pixel
    d = f.diagonal("kernel", op.own, 16 if moved else 0)
    again = r.restarts("column") if moved and r.outer else "" # when pointers are found anew
    cast = "(int32_t)" if "int16" in (op.own.weights.dtype.name, f.dtypes_in[0]) else ""
%>\
/* ${"[16 filters]" if moved else ""}[place in the window][filter]${note} */
${d.definition}
${rows.note(f, r)}\
<%call expr="rows.function(f, r, 'window', capture(places, f, r) if at_once else '')">
% if at_once:
${f"if ({again}) {{" if again else ""}
${rows.point(f, r)}\
${"} /* otherwise advanced already */" if again else ""}
${f.by_places(at_once, d)}
% else:
${rows.gather(f, r, op.source.zero, 1)}\
for (${f.index} c = 0; c < ${f.up}_FILTERS; c++) {
${d.sums} sum = ${d.first};
<% product = f"{cast}{f.name}_kernel_weights[tap][c] * window[tap * CHANNELS + c / {m}]" %>\
${over(f"{f.index} tap", f"{f.up}_TAPS", f"sum += {product};")}
${sums.put(f, "y[c]", d.result("sum", "c"))}\
}
% endif
</%call>
</%def>
<%def name="places(f, r)">\
const int8_t *from[${f.up}_TAPS]; /* the window's places; window holds the padding */
${rows.border(f, r.padded or r.inner.padded, "CHANNELS")}\
</%def>
