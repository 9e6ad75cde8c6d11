<%doc>The largest or the mean of each window. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op = f.op
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line = r.inner
    pad = "        " if r.outer else "    "
    several = r.outer and r.pointers > 1
    inside = pad + ("        " if several and r.padded else "    " if several or r.padded else "")
    row = ("rows[i]" if several else "rows[0]") if r.outer else "x"
    base = total("start", times("tap", line.window.dilation)) if r.outer else times(total("tap", "-first" if line.low else "0"), line.window.dilation)
    most = op.mode == "max"
    known = r.pointers * line.window.kernel if not r.padded and not line.padded else 0
%>\
% if f.forms != {"fold"}:
/* ${"A row" if r.outer else "A frame"} of ${"maxima" if most else "means"}${", NULL where a row is padding" if r.padded else ""}${"" if most or not (r.padded or line.padded) else "; padding counts for nothing"}. */
${rows.head(f, r)}\
{
% if r.outer:
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% endif
% if not most and not known:
<% counted = r.outer and r.padded %>\
% if counted:
${pad}${f.index} count = 0;
% endif
% endif
${pad}for (${f.index} c = 0; c < ${r.channels}; c++) {
${pad}    y[c] = ${"-3.402823466e38f" if most else "0.0f"};
${pad}}
% if several:
${pad}for (int i = 0; i < ${r.pointers}; i++) {
% if r.padded:
${pad}    if (rows[i] != NULL) {
% endif
% elif r.padded:
${pad}if (rows[0] != NULL) {
% endif
${inside}for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
${inside}    const float *from = ${total(row, times(base, r.channels))};
${inside}    for (${f.index} c = 0; c < ${r.channels}; c++) {
% if most:
${inside}        y[c] = from[c] > y[c] ? from[c] : y[c];
% else:
${inside}        y[c] += from[c];
% endif
${inside}    }
${inside}}
% if not most and r.outer and r.padded:
${inside}count += ${line.taps};
% endif
% if several and r.padded:
${pad}    }
% endif
% if several or r.padded:
${pad}}
% endif
% if not most:
% if known:
<% share = f"* {f.literal(1 / known)}" if known & (known - 1) == 0 else f"/ {f.literal(known)}" %>\
% elif r.outer and r.padded:
<% share = "/ (float)count" %>\
% else:
<% share = f"/ (float)({times(line.taps, r.pointers)})" %>\
% endif
${pad}for (${f.index} c = 0; c < ${r.channels}; c++) {
${pad}    y[c] = y[c] ${share};
${pad}}
% endif
% if r.outer:
        y += ${r.channels};
    }
% endif
}

${rows.forward(f, r)}\
% endif
% if "fold" in f.forms:
${fold(f, r)}\
% endif
</%def>
<%def name="fold(f, r)">\
<%
    line, most, rows = r.inner, f.op.mode == "max", r.pointers
    base = times(total("start", times("tap", line.window.dilation)), r.channels)
    known = 0 if line.padded else rows * line.window.kernel
    if known:
        share = f"* {f.literal(1 / known)}" if known & (known - 1) == 0 else f"/ {f.literal(known)}"
    else:
        share = f"/ (float)({times(line.taps, rows)})"
%>\
/* Takes row by row into the one row of ${"maxima" if most else "means"}, which the last completes. */
static void ${f.name}_fold(const float *x, float *y, ${f.index} row)
{
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
        if (row == 0) {
            for (${f.index} c = 0; c < ${r.channels}; c++) {
                y[c] = ${"-3.402823466e38f" if most else "0.0f"};
            }
        }
        for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
            const float *from = ${total("x", base)};
            for (${f.index} c = 0; c < ${r.channels}; c++) {
                ${"y[c] = from[c] > y[c] ? from[c] : y[c];" if most else "y[c] += from[c];"}
            }
        }
% if not most:
        if (row == ${rows - 1}) {
            for (${f.index} c = 0; c < ${r.channels}; c++) {
                y[c] = y[c] ${share};
            }
        }
% endif
        y += ${r.channels};
    }
}
</%def>
