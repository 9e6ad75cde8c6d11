<%doc>Weights as IEEE halves; rows may have a scale. PART: weights that are unpacked at a time.</%doc>\
<%! PART = 64 %>\
<%def name="gemv()">
def _gemv(sums, rows, *rest):
    """Add to each of the sums its row of n weights, halves, times x[i:]. rest: the rows' scales, if they have any, x, i and n."""
    x, i, n = rest[-3:]
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = 0.0
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}e".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += 2 * part
        if len(rest) > 3:
            total *= unpack_from("<f", rest[0], 4 * j)[0]
        sums[j] += total
</%def>
<%def name="row()">
def _row(rows, *rest):
    """A row of n values, halves. rest: the rows' scales, if they have any, row and n."""
    row, n = rest[-2:]
    values = unpack_from("<{}e".format(n), rows, row * 2 * n)
    if len(rest) == 2:
        return values
    scale = unpack_from("<f", rest[0], 4 * row)[0]
    return [value * scale for value in values]
</%def>
