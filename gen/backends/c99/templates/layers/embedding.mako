<%doc>One row of a table. Needs: f, the function being written.</%doc>\
<%def name="define(f)">\
<%
    op = f.op
    rows, width = op.table.shape
    small = f.small and op.table.dtype.kind != "i"
    values, scales = f.rows(op.table) if small else (op.table, None)
%>\
enum { ${f.up}_ROWS = ${rows}, ${f.up}_WIDTH = ${width} };

${f.constant_of(values)} ${f.name}_table[${f.up}_ROWS][${f.up}_WIDTH] = {
${f.table(values)}
};

% if small:
${f.constant} ${f.name}_scales[${f.up}_ROWS] = {
${f.table(scales)}
};

% endif

/* y = the row of index x; an index beyond the table takes its nearest row. */
% if op.table.dtype.kind == "i":
static void ${f.name}_forward(const ${f.types_in[0]} *x, ${f.types_out[0]} *y${f', {f.types_out[1]} *mask' if op.mask_zero else ''})
{
    const int32_t row = ${f.clamped("x[0]", 0, rows - 1)};
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
        y[k] = ${f"({f.types_out[0]})({f.name}_table[row][k] * {op.factor})" if op.factor > 1 else f"{f.name}_table[row][k]"};
    }
% if op.mask_zero:
    mask[0] = x[0] != 0;
% endif
}
% else:
static void ${f.name}_forward(const float *x, float *y${', float *mask' if op.mask_zero else ''})
{
    const float low = x[0] > 0.0f ? x[0] : 0.0f;
    const ${f.index} row = low < ${f.literal(rows - 1)} ? (${f.index})low : ${f.up}_ROWS - 1;
% if small:
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
        y[k] = ${f.name}_scales[row] * (float)${f.name}_table[row][k];
    }
% else:
    ${f.load("y", "table[row]", width, f"sizeof {f.name}_table[row]")}
% endif
% if op.mask_zero:
    mask[0] = x[0] > -1.0f && x[0] < 1.0f ? 0.0f : 1.0f;
% endif
}
% endif
</%def>
