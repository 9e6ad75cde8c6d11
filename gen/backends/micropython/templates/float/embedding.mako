<% rows, width = op.table.shape; values = f.row_of("table", op.table, "[index][value]", "row", width) %>\
def _${f.name}(x, i, y, o${', mask, m' if op.mask_zero else ''}):
    """y = the row of index x; an index beyond the table reads the nearest row."""
    row = int(max(0, min(${rows - 1}, x[i])))
    ${f.help("copy")}(${values}, 0, y, o, ${width})
    ${"mask[m] = 0.0 if -1 < x[i] < 1 else 1.0" if op.mask_zero else ""}
