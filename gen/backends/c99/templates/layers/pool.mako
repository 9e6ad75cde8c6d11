<%doc>The largest or the mean of each window. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
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
${rows.forward(f, r)}
% endif
% if "fold" in f.forms:
/* Adds row by row to the one row of ${what}; the last row completes it. */
static void ${f.name}_fold(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, ${"int32_t *sums, " if f.integer and not most else ""}${f.index} row)
{
${rows.sizes(r)}\
for (${f.index} column = 0; column < COLUMNS; column++) {
const ${f.index} start = column * COLUMN_STRIDE - COLUMN_PADDING;
${rows.ends(f, r.inner)}\
${(fold_integers if f.integer else fold_floats)(f, r, most)}\
y += CHANNELS;
${f"sums += CHANNELS;" if f.integer and not most else ""}
}
}
% endif
</%def>
<%def name="channels(f, condition='')">for (${f.index} c = 0; ${condition and f"{condition} && "}c < CHANNELS; c++) {</%def>
<%def name="taken(f, r, most, total)">\
<% value = f"x[{r.place} + c]" if f.integer else "from[c]" %>\
for (${f.index} tap = first; tap < last; tap++) {
% if not f.integer:
const float *from = x + ${r.place};
${channels(f)}
% endif
${f"{total} = {value} > {total} ? {value} : {total};" if most else f"{total} += {value};"}
% if not f.integer:
}
% endif
}
</%def>
<%def name="floats(f, r, most)">\
<% counted = r.padded and not most %>\
${channels(f)}
y[c] = ${"-3.402823466e38f" if most else "0.0f"};
}
% if counted:
${f.index} count = 0;
% endif
<%call expr="rows.each(f, r)">
${taken(f, r, most, "y[c]")}\
${"count += last - first;\n" if counted else ""}\
</%call>
% if not most:
${channels(f)}
y[c] = y[c] / (float)(${"count" if counted else r.places});
}
% endif
</%def>
<%def name="integers(f, r, most)">\
<% counted = r.padded and not most %>\
${channels(f)}
${f"{f.types_in[0]} value = {f.op.form.low};" if most else "int32_t sum = 0;"}
% if counted:
int32_t count = 0;
% endif
<%call expr="rows.each(f, r)">
${taken(f, r, most, "value" if most else "sum")}\
${"count += last - first;\n" if counted else ""}\
</%call>
y[c] = ${"value" if most else f"({f.types_out[0]}){f.mean('sum', 'count' if counted else f'({r.places})', f.op.form)}"};
}
</%def>
<%def name="fold_floats(f, r, most)">\
${channels(f, "row == 0")}
y[c] = ${"-3.402823466e38f" if most else "0.0f"};
}
${taken(f, r, most, "y[c]")}\
% if not most:
${channels(f, f"row == {r.outer[0].names}_TAPS - 1")}
y[c] = y[c] / (float)(${r.places});
}
% endif
</%def>
<%def name="fold_integers(f, r, most)">\
<%
    at_once = "" if most or r.inner.window.dilation > 1 else f.sums_places
    last = f"row == {r.outer[0].names}_TAPS - 1"
    rest = f.size([one.kernel for one in f.op.windows]) - r.inner.window.kernel # places without the last row
    mean = "" if most else f"({f.types_out[0]}){f.mean('sums[c]' if at_once else 'sum', f'({r.places})', f.op.form)}"
%>\
% if at_once:
${at_once}(sums, x + (start + first) * CHANNELS, CHANNELS, last - first, row == 0, 0);
${channels(f, last)}
y[c] = ${mean};
}
% elif most:
${channels(f)}
${f.types_in[0]} value = row == 0 ? ${f.op.form.low} : y[c];
${taken(f, r, most, "value")}\
y[c] = value;
}
% else:
${channels(f)}
int32_t sum = row == 0 ? 0 : ${f.clamped(f.value('sums[c]'), f.op.form.low * rest, f.op.form.high * rest)};
${taken(f, r, most, "sum")}\
sums[c] = sum;
if (${last}) {
y[c] = ${mean};
}
}
% endif
</%def>
