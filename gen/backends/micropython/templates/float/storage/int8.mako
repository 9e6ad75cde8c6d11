<%doc>Weights in int8 with a scale a row. PART: weights that are unpacked at a time.</%doc>\
<%! PART = 64 %>\
<%def name="gemv()">
def _gemv(sums, rows, scales, x, i, n):
    """Add to each of the sums its row of n weights, a byte each, times x[i:] and the row's scale."""
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = 0.0
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}b".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += part
        sums[j] += total * unpack_from("<f", scales, 4 * j)[0]
</%def>
<%def name="row()">
def _row(rows, scales, row, n):
    """A row of n values, a byte each times the row's scale."""
    scale = unpack_from("<f", scales, 4 * row)[0]
    return [value * scale for value in unpack_from("<{}b".format(n), rows, row * n)]
</%def>
