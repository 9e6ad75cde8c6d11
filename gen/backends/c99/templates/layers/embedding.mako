<%doc>One row of a table. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    rows, width = op.table.shape
    whole = op.table.dtype.kind == "i"
    quarters = op.quarters
    table = None if whole else f.row("table", op.table, "y")
%>\
enum { ${f.up}_ROWS = ${rows}, ${f.up}_WIDTH = ${width} };

% if quarters is not None:
/* Of each 32 values of a row a byte with their scale, then the values, two a byte: an even one in the low half, each plus
 * 8. */
${f.constant_of(quarters)} ${f.name}_table[${f.up}_ROWS][${quarters.shape[1]}] = {
${f.table("table", quarters)}
};

% elif whole:
${f.constant_of(op.table)} ${f.name}_table[${f.up}_ROWS][${f.up}_WIDTH] = {
${f.table("table", op.table)}
};

% else:
${table.definition}
% endif
/* y = the row of index x; an index beyond the table takes its nearest row. */
% if whole:
APART static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${f', {f.types_out[1]} *mask' if op.mask_zero else ''})
{
    const int32_t row = ${f.clamped(f.value("x[0]"), 0, rows - 1)};
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
% if quarters is not None:
        const int at = ${"k / 32 * 17" if width > 32 else "0"};
        const int pair = ${f.name}_table[row][at + 1 + ${"k % 32" if width > 32 else "k"} / 2];
        const int32_t value = ${f.name}_table[row][at] * (int32_t)((k % 2 ? pair >> 4 : pair & 15) - 8);
        y[k] = (${f.types_out[0]})${f"(value * {op.factor})" if op.factor > 1 else "value"};
% else:
        y[k] = ${f"({f.types_out[0]})({f.name}_table[row][k] * {op.factor})" if op.factor > 1 else f"{f.name}_table[row][k]"};
% endif
    }
% if op.mask_zero:
    mask[0] = x[0] != 0;
% endif
}
% else:
APART static void ${f.name}_forward(const float *x, float *y${', float *mask' if op.mask_zero else ''})
{
    const float low = x[0] > 0.0f ? x[0] : 0.0f;
    const ${f.index} row = low < ${f.literal(rows - 1)} ? (${f.index})low : ${f.up}_ROWS - 1;
${table.read}
% if op.mask_zero:
    mask[0] = x[0] > -1.0f && x[0] < 1.0f ? 0.0f : 1.0f;
% endif
}
% endif
</%def>
