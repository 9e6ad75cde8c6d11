<%doc>
What layers with windows share: NAME_forward, which calls NAME_frame for each output frame of one axis, or NAME_row for
each output row of more. Needs: f (the function being written), r (Rows).
</%doc>\
<%! from gatesmith.backends.c99.windows import times, total %>\
<%def name="head(f, r, scratch='')">\
% if r.outer:
${f.apart}static void ${f.name}_row(const ${f.types_in[0]} *const *rows, ${f.types_out[0]} *y${scratch and f", {f.types_in[0]} *{scratch}"})
% else:
static void ${f.name}_frame(const ${f.types_in[0]} *x${f", {f.index} first" if r.inner.low else ""}${f", {f.index} last" if r.inner.high else ""}, ${f.types_out[0]} *y${scratch and f", {f.types_in[0]} *{scratch}"})
% endif
</%def>
<%def name="forward(f, r, scratch='')">\
% if f.by_rows or "forward" not in f.forms:
<% return "" %>\
% elif r.outer:
<%
    words = ("row",) if len(r.outer) == 1 else ("plane", "row")
    taps = ("i",) if len(r.outer) == 1 else ("h", "i")
    pad = "    " * (1 + len(r.outer))
    at = " + ".join(times(word, r.made_step(axis)) for axis, word in enumerate(words))
    index = total(*(times(tap, r.outer[1].window.kernel if axis + 1 < len(taps) else 1) for axis, tap in enumerate(taps)))
    names = ("at",) if len(r.outer) == 1 else ("far", "at")
    outside = " || ".join(
        test
        for name, line in zip(names, r.outer)
        for test, needed in ((f"{name} < 0", line.low), (f"{name} >= {line.n}", line.high))
        if needed
    )
    place = " + ".join(times(name, r.step(axis)) for axis, name in enumerate(names))
%>\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${scratch and f", {f.types_in[0]} *{scratch}"})
{
% for axis, word in enumerate(words):
${"    " * (1 + axis)}for (${f.index} ${word} = 0; ${word} < ${r.outer[axis].count}; ${word}++) {
% endfor
${pad}const ${f.types_in[0]} *rows[${r.pointers}];
% for axis, (tap, name, word) in enumerate(zip(taps, names, words)):
<% line = r.outer[axis]; inner = pad + "    " * axis %>\
${inner}for (int ${tap} = 0; ${tap} < ${line.window.kernel}; ${tap}++) {
${inner}    const ${f.index} ${name} = ${total(times(word, line.window.stride), times(tap, line.window.dilation), -line.window.left)};
% endfor
<% inner = pad + "    " * len(taps) %>\
% if outside:
${inner}rows[${index}] = ${outside} ? NULL : x + ${place};
% else:
${inner}rows[${index}] = x + ${place};
% endif
% for axis in reversed(range(len(taps))):
${pad}${"    " * axis}}
% endfor
${pad}${f.name}_row(rows, y + ${at}${scratch and f", {scratch}"});
% for axis in reversed(range(len(words))):
${"    " * (1 + axis)}}
% endfor
}
% else:
<%
    line = r.inner
    start = line.place("t")
    begin = times(total("start", "first" if line.low and line.window.dilation == 1 else f"first * {line.window.dilation}" if line.low else 0), r.channels)
    given = ["x + " + begin if begin != "0" else "x"]
    given += [word for word, needed in (("first", line.low), ("last", line.high)) if needed]
%>\
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${scratch and f", {f.types_in[0]} *{scratch}"})
{
    for (${f.index} t = 0; t < ${line.count}; t++) {
        const ${f.index} start = ${start};
% for text in line.clip("start", f.index):
        ${text}
% endfor
        ${f.name}_frame(${", ".join(given)}, y + ${times("t", r.made)}${scratch and f", {scratch}"});
    }
}
% endif
</%def>
<%def name="gather(f, r, zero, groups, pad)">
<%
    line, size = r.inner, f.size
    k, d, channels = line.window.kernel, line.window.dilation, r.channels
    run, own = k * channels, channels // groups
    several = r.outer and r.pointers > 1
    to = f"window + {times('i', run)}" if several and groups == 1 else "window"
    row = ("rows[i]" if several else "rows[0]") if r.outer else "x"
    whole = d == 1 and groups == 1
    fast = whole and line.padded and f.copies
    begun = total(row, times("start", channels)) if r.outer else row
    inside = pad + ("    " if several else "")
    deep = inside + ("    " if r.padded else "")
%>\
% if several:
${pad}for (int i = 0; i < ${r.pointers}; i++) {
% endif
% if whole:
% if r.padded:
${inside}if (${row} == NULL) {
${inside}    memset(${to}, ${zero}, ${run} * sizeof *window);
${inside}} else {
% endif
% if fast:
${deep}if (${" && ".join((["first == 0"] if line.low else []) + ([f"last == {k}"] if line.high else []))}) { /* a known size */
${f.placed(f.copy(to, begun, str(run), run, f.dtypes_in[0]), deep + "    ")}
${deep}} else {
<% deep += "    " %>\
% endif
% if line.low:
${deep}memset(${to}, ${zero}, (size_t)(${times("first", channels)}) * sizeof *window);
% endif
<%
    begin = times(line.first, channels)
    from_ = total(row, times(total("start", line.first), channels)) if r.outer else row
%>\
${deep}memcpy(${total(to, begin)}, ${from_}, ${f"(size_t)({times(line.taps, channels)})" if line.padded else run} * sizeof *window);
% if line.high:
${deep}memset(${total(to, times("last", channels))}, ${zero}, (size_t)(${times(f"{k} - last", channels)}) * sizeof *window);
% endif
% if fast:
<% deep = deep[4:] %>\
${deep}}
% endif
% if r.padded:
${inside}}
% endif
% else:
<%
    tests = [f"{row} == NULL"] if r.padded else []
    tests += ["tap < first"] if line.low else []
    tests += ["tap >= last"] if line.high else []
    base = total("start", times("tap", d)) if r.outer else times(total("tap", "-first" if line.low else "0"), d)
    tap = total(times("i", k) if several else "0", "tap")
    patch = own * r.pointers * k
    place = total("window", times("g", patch) if groups > 1 else "0", times(tap, own))
    from_ = total(row, times(base, channels), times("g", own) if groups > 1 else "0")
%>\
${inside}for (${f.index} tap = 0; tap < ${k}; tap++) {
% if groups > 1:
${inside}    for (int g = 0; g < ${groups}; g++) {
% endif
<% last = inside + ("        " if groups > 1 else "    ") %>\
% if tests:
${last}if (${" || ".join(tests)}) {
${last}    memset(${place}, ${zero}, ${own} * sizeof *window);
${last}} else {
${last}    memcpy(${place}, ${from_}, ${own} * sizeof *window);
${last}}
% else:
${last}memcpy(${place}, ${from_}, ${own} * sizeof *window);
% endif
% if groups > 1:
${inside}    }
% endif
${inside}}
% endif
% if several:
${pad}}
% endif
</%def>
<%def name="point(f, r, pad)">
<%
    line, channels = r.inner, r.channels
    k, d = line.window.kernel, line.window.dilation
    several = r.outer and r.pointers > 1
    row = ("rows[i]" if several else "rows[0]") if r.outer else "x"
    inside = pad + ("    " if several else "")
    tests = [f"{row} == NULL"] if r.padded else []
    tests += ["tap < first"] if line.low else []
    tests += ["tap >= last"] if line.high else []
    base = total("start", times("tap", d)) if r.outer else times(total("tap", "-first" if line.low else "0"), d)
    tap = total(times("i", k) if several else "0", "tap")
    place = total(row, times(base, channels))
%>\
% if several:
${pad}for (int i = 0; i < ${r.pointers}; i++) {
% endif
${inside}for (int tap = 0; tap < ${k}; tap++) {
${inside}    from[${tap}] = ${f"{' || '.join(tests)} ? window : {place}" if tests else place};
${inside}}
% if several:
${pad}}
% endif
</%def>
