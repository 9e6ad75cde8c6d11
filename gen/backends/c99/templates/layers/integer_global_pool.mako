<%doc>The largest, least, mean or sum of all positions, by channels, in integers. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    beyond = "<" if op.mode == "min" else ">"
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
    x = f"x[t * {channels} + c]"
%>\
% if "forward" in f.forms:
/* The ${word} of ${positions} positions${", of those that the mask keeps" if op.masked else ""}. */
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f"const {f.types_in[1]} *mask, " if op.masked else ""}${f.types_out[0]} *y)
{
    for (${f.index} c = 0; c < ${channels}; c++) {
% if most:
        ${f.types_in[0]} value = x[c];
        for (${f.index} t = 1; t < ${positions}; t++) {
            value = ${x} ${beyond} value ? ${x} : value;
        }
        y[c] = value;
% else:
        int32_t sum = ${-positions * op.form.zero if op.gain else 0};
% if op.masked:
        int32_t count = 0;
% endif
        for (${f.index} t = 0; t < ${positions}; t++) {
% if op.masked:
            if (mask[t] != 0) {
                sum += ${x};
                count++;
            }
% else:
            sum += ${x};
% endif
        }
% if op.gain:
        const int32_t value = ${f.scaled(op.gain, f.value("sum")) + op.result.zero};
        y[c] = ${f.stored(f.saturated(f.value("value"), f.dtypes_out[0]), f.dtypes_out[0])};
% else:
        y[c] = (${f.types_out[0]})${f"(count == 0 ? {op.form.zero} : {f.mean('sum', 'count', op.form)})" if op.masked else f.mean("sum", str(positions), op.form)};
% endif
% endif
    }
}
% endif
% if "fold" in f.forms:
<%
    rows = f.ins[0][0]
    places = positions // rows
    kind = f.types_in[0]
    begun = -positions * op.form.zero if op.gain else 0
    at_once = "" if most else f.sums_places
%>\
/* Takes row by row into the ${word} of ${positions} positions, which the last completes. */
static void ${f.name}_fold(const ${kind} *x, ${f.types_out[0]} *y, ${"" if most else "int32_t *sums, "}${f.index} row)
{
% if at_once:
    ${at_once}(sums, x, ${channels}, ${places}, row == 0, ${begun});
    for (${f.index} c = 0; row == ${rows - 1} && c < ${channels}; c++) {
${completed(f, "sums[c]", positions, "        ")}\
    }
% else:
    for (${f.index} c = 0; c < ${channels}; c++) {
% if most:
        ${kind} value = row == 0 ? x[c] : y[c];
        for (${f.index} t = 0; t < ${places}; t++) {
            value = ${x} ${beyond} value ? ${x} : value;
        }
        y[c] = value;
% else:
        int32_t sum = row == 0 ? ${begun} : sums[c];
        for (${f.index} t = 0; t < ${places}; t++) {
            sum += ${x};
        }
        sums[c] = sum;
        if (row == ${rows - 1}) {
${completed(f, "sum", positions, "            ")}\
        }
% endif
    }
% endif
}
% endif
</%def>
<%def name="completed(f, sum, positions, pad)">\
% if f.op.gain:
${pad}const int32_t value = ${f.scaled(f.op.gain, f.value(sum)) + f.op.result.zero};
${pad}y[c] = ${f.stored(f.saturated(f.value("value"), f.dtypes_out[0]), f.dtypes_out[0])};
% else:
${pad}y[c] = (${f.types_out[0]})${f.mean(sum, str(positions), f.op.form)};
% endif
</%def>
