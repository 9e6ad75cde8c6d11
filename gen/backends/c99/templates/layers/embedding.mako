<%
    op = f.op
    rows, width = op.table.shape
    whole = op.table.dtype.kind == "i"
    packed = op.grouped and op.grouped.storage
    table = None if whole else f.row("table", op.table, "y")
%>\
enum { ${f.up}_ROWS = ${rows}, ${f.up}_WIDTH = ${width} };

% if packed:
/* Of each ${packed.group} values of a row a byte with their scale, then the values, ${8 // packed.bits} a byte from the lowest bits on, each plus ${packed.offset}. */
${f.defined("table", op.stored_table, shape=f"[{f.up}_ROWS][{op.stored_table.shape[1]}]")}
% elif whole:
${f.defined("table", op.table, shape=f"[{f.up}_ROWS][{f.up}_WIDTH]")}
% else:
${table.definition}
% endif
<%frame:whole note="y = the row of index x; an index beyond the table reads the nearest row." more="${f', {f.types_out[1]} *mask' if op.mask_zero else ''}">
% if whole:
    const int32_t row = ${f.clamped(f.value("x[0]"), 0, rows - 1)};
    for (int k = 0; k < ${f.up}_WIDTH; k++) {
% if packed:
<% group, many = packed.group, 8 // packed.bits %>\
        const int at = ${f"k / {group} * {1 + group // many}" if width > group else "0"};
        const int some = ${f.name}_table[row][at + 1 + ${f"k % {group}" if width > group else "k"} / ${many}];
        const int32_t scale = ${"(int8_t)" if packed.multiples.min() < 0 else ""}${f.name}_table[row][at];
        const int32_t value = scale * ((some >> ${packed.bits} * (k % ${many}) & ${(1 << packed.bits) - 1}) - ${packed.offset});
        y[k] = (${f.types_out[0]})${f"(value * {op.factor})" if op.factor > 1 else "value"};
% else:
        y[k] = ${f"({f.types_out[0]})({f.name}_table[row][k] * {op.factor})" if op.factor > 1 else f"{f.name}_table[row][k]"};
% endif
    }
% else:
    const float low = x[0] > 0.0f ? x[0] : 0.0f;
    const ${f.index} row = low < ${f.literal(rows - 1)} ? (${f.index})low : ${f.up}_ROWS - 1;
${table.read}
% endif
${f"mask[0] = {'x[0] != 0' if whole else 'x[0] > -1.0f && x[0] < 1.0f ? 0.0f : 1.0f'};" if op.mask_zero else ""}
</%frame:whole>
