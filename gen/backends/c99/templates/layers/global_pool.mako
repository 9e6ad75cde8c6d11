<%doc>The largest, least, mean or sum of all positions, by channels. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    channels = f.ins[0][-1]
    positions = f.size_in(0) // channels
    most = op.mode in ("max", "min")
    beyond = "<" if op.mode == "min" else ">"
    word = {"max": "largest", "min": "least", "average": "mean", "sum": "sum"}[op.mode]
%>\
% if "forward" in f.forms:
/* The ${word} of ${positions} positions${", of those that the mask keeps" if op.masked else ""}. */
APART static void ${f.name}_forward(const float *x, ${"const float *mask, " if op.masked else ""}float *y)
{
% if op.masked:
    float count = 0.0f;
% endif
    for (${f.index} c = 0; c < ${channels}; c++) {
        y[c] = ${"x[c]" if most else "0.0f"};
    }
    for (${f.index} t = ${1 if most else 0}; t < ${positions}; t++) {
% if op.masked:
        if (mask[t] != 0.0f) {
            count += 1.0f;
            for (${f.index} c = 0; c < ${channels}; c++) {
                y[c] += x[t * ${channels} + c];
            }
        }
% else:
        for (${f.index} c = 0; c < ${channels}; c++) {
% if most:
            y[c] = x[t * ${channels} + c] ${beyond} y[c] ? x[t * ${channels} + c] : y[c];
% else:
            y[c] += x[t * ${channels} + c];
% endif
        }
% endif
    }
% if op.mode == "average":
    for (${f.index} c = 0; c < ${channels}; c++) {
        y[c] /= ${"count" if op.masked else f.literal(positions)};
    }
% endif
}
% endif
% if "fold" in f.forms:
<% rows = f.ins[0][0]; places = positions // rows %>\
/* Takes row by row into the ${word} of ${positions} positions, which the last completes. */
static void ${f.name}_fold(const float *x, float *y, ${f.index} row)
{
    if (row == 0) {
        for (${f.index} c = 0; c < ${channels}; c++) {
            y[c] = ${"x[c]" if most else "0.0f"};
        }
    }
    for (${f.index} t = 0; t < ${places}; t++) {
        for (${f.index} c = 0; c < ${channels}; c++) {
% if most:
            y[c] = x[t * ${channels} + c] ${beyond} y[c] ? x[t * ${channels} + c] : y[c];
% else:
            y[c] += x[t * ${channels} + c];
% endif
        }
    }
% if op.mode == "average":
    if (row == ${rows - 1}) {
        for (${f.index} c = 0; c < ${channels}; c++) {
            y[c] /= ${f.literal(positions)};
        }
    }
% endif
}
% endif
</%def>
