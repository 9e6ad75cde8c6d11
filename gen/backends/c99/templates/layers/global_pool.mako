<%
    op, rows, channels = f.op, f.ins[0][0], f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
%>\
% if "forward" in f.forms:
<%frame:whole note="The ${word} of ${str(positions)} positions${', of those that the mask keeps' if op.masked else ''}." names="${('x', 'mask')}">
${(integers if f.integer else floats)(f, channels, positions, most)}\
</%frame:whole>
% endif
% if "fold" in f.forms:
/* Takes row by row into the ${word} of ${positions} positions, which the last completes. */
static void ${f.name}_fold(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, ${"int32_t *sums, " if f.integer and not most else ""}${f.index} row)
{
${(integers if f.integer else floats)(f, channels, positions, most, rows)}\
}
% endif
<%def name="each(f, channels, condition='')">for (${f.index} c = 0; ${condition and f"{condition} && "}c < ${channels}; c++) {</%def>
<%def name="floats(f, channels, positions, most, rows=0)">\
<% beyond, x = "<" if f.op.mode == "min" else ">", f"x[t * {channels} + c]"; masked = f.op.masked %>\
${"float count = 0.0f;" if masked else ""}
${"if (row == 0) {" if rows else ""}
${each(f, channels)}
y[c] = ${"x[c]" if most else "0.0f"};
}
${"}" if rows else ""}
for (${f.index} t = ${int(most and not rows)}; t < ${positions // (rows or 1)}; t++) {
${"if (mask[t] != 0.0f) {\ncount += 1.0f;" if masked else ""}
${each(f, channels)}
${f"y[c] = {x} {beyond} y[c] ? {x} : y[c];" if most else f"y[c] += {x};"}
}
${"}" if masked else ""}
}
% if f.op.mode == "average":
${f"if (row == {rows - 1}) {{" if rows else ""}
${each(f, channels)}
y[c] /= ${"count" if masked else f.literal(positions)};
}
${"}" if rows else ""}
% endif
</%def>
<%def name="integers(f, channels, positions, most, rows=0)">\
<%
    op, last = f.op, f"row == {rows - 1}"
    begun = -positions * op.form.zero if op.gain else 0
    at_once = "" if most or not rows else f.sums_places
    rest = positions - positions // (rows or 1)
    before = "" if most or not rows else f.clamped(f.value("sums[c]"), begun + rest * op.form.low, begun + rest * op.form.high)
    first = f"row == 0 ? {'x[c] : y[c]' if most else f'{begun} : {before}'}" if rows else "x[c]" if most else begun
%>\
% if at_once:
${at_once}(sums, x, ${channels}, ${positions // rows}, row == 0, ${begun});
${each(f, channels, last)}
${completed(f, "sums[c]", positions)}\
}
% else:
${each(f, channels)}
${taken(f, channels, first, int(most and not rows), positions // (rows or 1))}\
% if most:
y[c] = value;
% elif not rows:
${completed(f, "sum", positions)}\
% else:
sums[c] = sum;
if (${last}) {
${completed(f, "sum", positions)}\
}
% endif
}
% endif
</%def>
<%def name="taken(f, channels, begun, first, positions)">\
<% op, x = f.op, f"x[t * {channels} + c]"; most = op.mode in ("max", "min") %>\
${f.types_in[0] if most else "int32_t"} ${"value" if most else "sum"} = ${begun};
${"int32_t count = 0;" if op.masked else ""}
for (${f.index} t = ${first}; t < ${positions}; t++) {
${"if (mask[t] != 0) {" if op.masked else ""}
${f"value = {x} {'<' if op.mode == 'min' else '>'} value ? {x} : value;" if most else f"sum += {x};"}
${"count++;\n}" if op.masked else ""}
}
</%def>
<%def name="completed(f, sum, positions)">\
<% op = f.op %>\
% if op.gain:
${frame.out("y[c]", f.scaled(op.gain, f.value(sum)) + op.result.zero)}\
% else:
y[c] = (${f.types_out[0]})${f"(count == 0 ? {op.form.zero} : {f.mean('sum', 'count', op.form)})" if op.masked else f.mean(sum, str(positions), op.form)};
% endif
</%def>
