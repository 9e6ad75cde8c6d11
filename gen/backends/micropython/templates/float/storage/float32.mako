<%doc>Weights in float32: a matrix times a vector, and a row of a table. PART: weights that are unpacked at a time.</%doc>\
<%! PART = 64 %>\
<%def name="gemv()">
def _gemv(sums, rows, x, i, n):
    """Add to each of the sums its row of n weights times x[i:]. Weights are unpacked ${PART} at a time and forgotten."""
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = sums[j]
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}f".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += 4 * part
        sums[j] = total
</%def>
<%def name="row()">
def _row(rows, row, n):
    """A row of n values."""
    return unpack_from("<{}f".format(n), rows, row * 4 * n)
</%def>
