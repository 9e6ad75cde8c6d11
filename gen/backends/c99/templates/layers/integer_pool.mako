<%doc>The largest or the mean of each window, in integers. Needs: f, the function being written.</%doc>\
<%! from gatesmith.backends.c99.windows import rows_of, times, total %>\
<%namespace name="rows" file="rows.mako"/>\
<%def name="define(f)">\
<%
    op = f.op
    r = rows_of(op.windows, f.ins[0], f.outs[0])
    line = r.inner
    pad = "        " if r.outer else "    "
    several = r.outer and r.pointers > 1
    most = op.mode == "max"
    row = ("rows[i]" if several else "rows[0]") if r.outer else "x"
    base = total("start", times("tap", line.window.dilation)) if r.outer else times(total("tap", "-first" if line.low else "0"), line.window.dilation)
    known = r.pointers * line.window.kernel if not r.padded and not line.padded else 0
    inside = pad + "    " + ("        " if several and r.padded else "    " if several or r.padded else "")
    at = total(times(base, r.channels), "c")
    counted = not most and r.outer and r.padded
    count = str(known) if known else "count" if counted else f"({times(line.taps, r.pointers)})"
%>\
% if f.forms != {"fold"}:
/* ${"A row" if r.outer else "A frame"} of ${"maxima" if most else "means, halves rounded up"}${", NULL where a row is padding" if r.padded else ""}${"" if most or not (r.padded or line.padded) else "; padding counts for nothing"}. */
${rows.head(f, r)}\
{
% if r.outer:
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% endif
${pad}for (${f.index} c = 0; c < ${r.channels}; c++) {
% if most:
${pad}    ${f.types_in[0]} value = ${op.form.low};
% else:
${pad}    int32_t sum = 0;
% if counted:
${pad}    int32_t count = 0;
% endif
% endif
% if several:
${pad}    for (int i = 0; i < ${r.pointers}; i++) {
% if r.padded:
${pad}        if (rows[i] != NULL) {
% endif
% elif r.padded:
${pad}    if (rows[0] != NULL) {
% endif
${inside}for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
% if most:
${inside}    value = ${row}[${at}] > value ? ${row}[${at}] : value;
% else:
${inside}    sum += ${row}[${at}];
% endif
${inside}}
% if counted:
${inside}count += ${line.taps};
% endif
% if several and r.padded:
${pad}        }
% endif
% if several or r.padded:
${pad}    }
% endif
% if most:
${pad}    y[c] = value;
% else:
${pad}    y[c] = (${f.types_out[0]})${f.mean("sum", count, op.form)};
% endif
${pad}}
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
    at = total(times(total("start", times("tap", line.window.dilation)), r.channels), "c")
    count = str(rows * line.window.kernel) if not line.padded else f"({times(line.taps, rows)})"
    at_once = "" if most or line.window.dilation > 1 else f.sums_places
%>\
/* Takes row by row into the one row of ${"maxima" if most else "means, halves rounded up"}, which the last completes. */
static void ${f.name}_fold(const ${f.types_in[0]} *x, ${f.types_out[0]} *y, ${"" if most else "int32_t *sums, "}${f.index} row)
{
    for (${f.index} column = 0; column < ${line.count}; column++) {
        const ${f.index} start = ${line.place("column")};
% for text in line.clip("start", f.index):
        ${text}
% endfor
% if at_once:
        for (${f.index} c = 0; row == 0 && c < ${r.channels}; c++) {
            sums[c] = 0;
        }
        ${at_once}(sums, ${total("x", times(total("start", line.first), r.channels))}, ${r.channels}, ${line.taps});
        for (${f.index} c = 0; row == ${rows - 1} && c < ${r.channels}; c++) {
            y[c] = (${f.types_out[0]})${f.mean("sums[c]", count, f.op.form)};
        }
% else:
        for (${f.index} c = 0; c < ${r.channels}; c++) {
% if most:
            ${f.types_in[0]} value = row == 0 ? ${f.op.form.low} : y[c];
            for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
                value = x[${at}] > value ? x[${at}] : value;
            }
            y[c] = value;
% else:
            int32_t sum = row == 0 ? 0 : sums[c];
            for (${f.index} tap = ${line.first}; tap < ${line.last}; tap++) {
                sum += x[${at}];
            }
            sums[c] = sum;
            if (row == ${rows - 1}) {
                y[c] = (${f.types_out[0]})${f.mean("sum", count, f.op.form)};
            }
% endif
        }
% endif
        y += ${r.channels};
% if not most:
        sums += ${r.channels};
% endif
    }
}
</%def>
