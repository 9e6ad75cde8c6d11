<%
    most = f.op.mode == "max"
    r = rows_of(f.op.windows, f.ins[0], f.outs[0])
    what = "maxima" if most else "means, halves rounded up" if f.integer else "means"
%>\
% if f.forms != {"fold"}:
/* ${"A row" if r.outer else "A frame"} of ${what}${", NULL where a row is padding" if r.padded else ""}${"; padding counts for nothing" if not most and (r.padded or r.inner.padded) else ""}. */
<%call expr="rows.function(f, r)">
${(integers if f.integer else floats)(f, r, most)}\
</%call>
% endif
% if "fold" in f.forms:
/* Adds row by row to the one row of ${what}; the last row completes it. */
static void ${f.name}_fold(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, ${"int32_t *sums, " if f.integer and not most else ""}${f.index} row)
{
${rows.sizes(r)}\
for (${f.index} column = 0; column < COLUMNS; column++) {
const ${f.index} start = column * COLUMN_STRIDE - COLUMN_PADDING;
${rows.ends(f, r.inner)}\
${(integers if f.integer else floats)(f, r, most, f"row == {r.outer[0].names}_TAPS - 1")}\
y += CHANNELS;
${f"sums += CHANNELS;" if f.integer and not most else ""}
}
}
% endif
<%def name="channels(f, condition='')" buffered="True">for (${f.index} c = 0; ${condition and f"{condition} && "}c < CHANNELS; c++) {</%def>
<%def name="taken(f, r, most, total, counted, last)">\
<% value = f"x[{r.place} + c]" if f.integer else "from[c]" %>\
<%call expr="rows.each(f, r, bool(last))">
for (${f.index} tap = first; tap < last; tap++) {
${[f"const float *from = x + {r.place};", channels(f)] if not f.integer else []}
${f"{total} = {value} > {total} ? {value} : {total};" if most else f"{total} += {value};"}
${"" if f.integer else "}"}
}
${"count += last - first;\n" if counted else ""}\
</%call>
</%def>
<%doc>For whole windows; or by rows, where ``last`` marks the last row of a window.</%doc>\
<%def name="floats(f, r, most, last='')">\
<% counted = r.padded and not most and not last %>\
${channels(f, last and "row == 0")}
y[c] = ${"-3.402823466e38f" if most else "0.0f"};
}
${f"{f.index} count = 0;" if counted else ""}
${taken(f, r, most, "y[c]", counted, last)}\
${[channels(f, last), f'y[c] = y[c] / (float)({"count" if counted else r.places});', "}"] if not most else []}
</%def>
<%def name="integers(f, r, most, last='')">\
<%
    form, counted = f.op.form, r.padded and not most and not last
    at_once = "" if most or not last or r.inner.window.dilation > 1 else f.sums_places
    rest = f.size([one.kernel for one in f.op.windows]) - r.inner.window.kernel # places without the last row
    before = "y[c]" if most or not last else f.clamped(f.value("sums[c]"), form.low * rest, form.high * rest)
    begun, total = (form.low, "value") if most else (0, "sum")
    divisor = "count" if counted else f"({r.places})"
    mean = "" if most else f"({f.types_out[0]}){f.mean('sums[c]' if at_once else 'sum', divisor, form)}"
%>\
% if at_once:
${at_once}(sums, x + (start + first) * CHANNELS, CHANNELS, last - first, row == 0, 0);
${channels(f, last)}
y[c] = ${mean};
}
% else:
${channels(f)}
${f.types_in[0] if most else "int32_t"} ${total} = ${f"row == 0 ? {begun} : {before}" if last else begun};
${"int32_t count = 0;" if counted else ""}
${taken(f, r, most, total, counted, last)}\
% if most or not last:
y[c] = ${mean or "value"};
% else:
sums[c] = sum;
if (${last}) {
y[c] = ${mean};
}
% endif
}
% endif
</%def>
