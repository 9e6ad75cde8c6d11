<%doc>Shared by layers with windows: NAME_forward, which calls NAME_frame for each output frame of one axis, or
NAME_row for each output row of several axes. Needs: f (the function being written), r (WindowAxes), scratch (a
further parameter, or nothing).</%doc>\
<%def name="sizes(r)">\
% for line in r.lines:
<% w, a = line.window, line.names %>\
enum { ${a}S = ${line.count}, ${a}S_IN = ${line.n}, ${a}_TAPS = ${w.kernel}, ${a}_STRIDE = ${w.stride}, ${a}_DILATION = ${w.dilation}, ${a}_REACH = ${w.extent}, ${a}_PADDING = ${w.left} };
% endfor
enum { CHANNELS = ${r.channels}, OUTPUTS = ${r.out} };
</%def>
<%def name="note(f, r)">\
<% op = f.op; bounded = f.integer and (op.low, op.high) != (op.result.low, op.result.high) %>\
/* ${"A row of the output from the rows that its windows see" if r.outer else "A frame of the output from the frames that its window sees"}${", NULL where one is padding" if r.padded else ""}${f"; a = {op.activation.function if f.integer else op.activation}" if op.activation else ""}${f"; from {op.low} to {op.high}" if bounded else ""}. */
</%def>
<%def name="head(f, r, scratch='')">\
<%
    ends = [f"{f.index} {word}" for word, needed in (("first", r.inner.low), ("last", r.inner.high)) if needed]
    what = [f"const {f.types_in[0]} *const *rows"] if r.outer else [f"const {f.types_in[0]} *x", *ends]
    more = [f"{f.types_in[0]} *{scratch}"] if scratch else []
%>\
${f.noinline if r.outer else ""}static void ${f.name}_${"row" if r.outer else "frame"}(${", ".join([*what, f"{f.types_out[0]} *y", *more])})
</%def>
<%def name="function(f, r, scratch='', before='')">\
${head(f, r, scratch)}\
{
${sizes(r)}\
${before}\
% if r.outer:
<% a = r.inner.names %>\
for (${f.index} column = 0; column < ${a}S; column++) {
const ${f.index} start = column * ${a}_STRIDE - ${a}_PADDING;
${ends(f, r.inner)}\
${caller.body()}\
y += OUTPUTS;
}
% else:
${known(r.inner)}\
${caller.body()}\
% endif
}
${forward(f, r, scratch)}\
</%def>
<%doc>A function for the walk along a row, or the layer's own if there is only one row.</%doc>\
<%def name="row(f, r, scratch='')">\
${head(f, r, scratch) if r.outer else whole(f, scratch)}\
{
${sizes(r)}\
${caller.body()}\
}
${forward(f, r, scratch) if r.outer else ""}\
</%def>
<%def name="whole(f, scratch)">\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${scratch and f", {f.types_in[0]} *{scratch}"})
</%def>
<%def name="known(line)">\
${"enum { first = 0 };" if not line.low else ""}
${f"enum {{ last = {line.names}_TAPS }};" if not line.high else ""}
</%def>
<%def name="ends(f, line)">\
<% a = line.names %>\
${f"const {f.index} first = start < 0 ? ({a}_DILATION - 1 - start) / {a}_DILATION : 0;" if line.low else ""}
<% past = f"({a}S_IN + {a}_DILATION - 1 - start) / {a}_DILATION" %>\
${f"const {f.index} last = start + {a}_REACH > {a}S_IN ? {past} : {a}_TAPS;" if line.high else ""}
${known(line)}\
</%def>
<%def name="forward(f, r, scratch='')">\
% if not f.by_rows and "forward" in f.forms:
<%
    kind, a = f.index, r.inner.names
    outside = " || ".join(test for line in r.outer for test in line.outside(line.input, f"{line.names}S_IN"))
    place, out, tap = indices(r.outer)
%>\

${whole(f, scratch)}\
{
${sizes(r)}\
% if r.outer:
${[f"for ({kind} {line.out} = 0; {line.out} < {line.names}S; {line.out}++) {{" for line in r.outer]}
const ${f.types_in[0]} *rows[${r.pointers}];
% for line in r.outer:
for (int ${line.tap} = 0; ${line.tap} < ${line.names}_TAPS; ${line.tap}++) {
const ${kind} ${line.input} = ${line.out} * ${line.names}_STRIDE + ${line.tap} * ${line.names}_DILATION - ${line.names}_PADDING;
% endfor
rows[${tap}] = ${f"{outside} ? NULL : " if outside else ""}x + ${place} * ${a}S_IN * CHANNELS;
${"}\n" * len(r.outer)}\
${f.name}_row(rows, y + ${out} * ${a}S * OUTPUTS${scratch and f", {scratch}"});
${"}\n" * len(r.outer)}\
% else:
for (${kind} step = 0; step < ${a}S; step++) {
const ${kind} start = step * ${a}_STRIDE - ${a}_PADDING;
${ends(f, r.inner)}\
${f.name}_frame(x + (start + first * ${a}_DILATION) * CHANNELS${", first" if r.inner.low else ""}${", last" if r.inner.high else ""}, y + step * OUTPUTS${scratch and f", {scratch}"});
}
% endif
}
% endif
</%def>
<%def name="each(f, r, alone=False)">\
<% outer = r.outer and not alone %>\
% if outer:
for (int i = 0; i < ${r.pointers}; i++) {
${"if (rows[i] != NULL) {" if r.padded else ""}
const ${f.types_in[0]} *x = rows[i];
% endif
${caller.body()}\
${"}\n" * (bool(outer) * (1 + r.padded))}\
</%def>
<%def name="gather(f, r, zero, groups)">\
<%
    line, a = r.inner, r.inner.names
    run = f"{a}_TAPS * CHANNELS"
    to = f"window + i * {run}" if r.outer else "window"
    whole = ["first == 0"] * line.low + [f"last == {a}_TAPS"] * line.high
    known = whole and f.copies
    values = f"CHANNELS / {groups}" if groups > 1 else "CHANNELS"
    place = f"window + (group * {r.taps} + {r.tap}) * ({values})" if groups > 1 else f"window + ({r.tap}) * CHANNELS"
%>\
${f"for (int i = 0; i < {r.pointers}; i++) {{" if r.outer else ""}
% if groups == line.window.dilation == 1:
${["if (rows[i] == NULL) {", f"memset({to}, {zero}, {run} * sizeof *window);", "} else {"] if r.padded else []}
% if known:
if (${" && ".join(whole)}) { /* a known size */
${f.copy(to, r.begin, run, line.window.kernel * r.channels, f.dtypes_in[0])}
} else {
% endif
${f"memset({to}, {zero}, (size_t)(first * CHANNELS) * sizeof *window);" if line.low else ""}
memcpy(${to} + first * CHANNELS, ${r.begin}, (size_t)((last - first) * CHANNELS) * sizeof *window);
${f"memset({to} + last * CHANNELS, {zero}, (size_t)(({a}_TAPS - last) * CHANNELS) * sizeof *window);" if line.high else ""}
${"}\n" * (bool(known) + r.padded)}\
% else:
for (${f.index} tap = 0; tap < ${a}_TAPS; tap++) {
${f"for (int group = 0; group < {groups}; group++) {{" if groups > 1 else ""}
${[f"if ({r.outside}) {{", f"memset({place}, {zero}, {values} * sizeof *window);", "} else {"] if r.outside else []}
memcpy(${place}, ${r.source} + ${r.place}${f" + group * ({values})" if groups > 1 else ""}, ${values} * sizeof *window);
${"}\n" * (bool(r.outside) + (groups > 1))}\
}
% endif
${"}\n" * bool(r.outer)}\
</%def>
<%def name="point(f, r)">\
${f"for (int i = 0; i < {r.pointers}; i++) {{" if r.outer else ""}
<% place = f"{f'{r.outside} ? window : ' if r.outside else ''}{r.source} + {r.place}" %>\
${over("int tap", f"{r.inner.names}_TAPS", f"from[{r.tap}] = {place};")}
${"}\n" * bool(r.outer)}\
</%def>
<%doc>Padding in scratch, if there is any.</%doc>\
<%def name="border(f, padded, size)">\
${f.filled("window", f.op.source.zero, size) if padded else "(void)window;"}
</%def>
<%def name="either(vectors)">\
% if vectors:
#if defined(__ARM_FEATURE_MVE)
${vectors}\
#else
% endif
${caller.body()}\
${"#endif" if vectors else ""}
</%def>
