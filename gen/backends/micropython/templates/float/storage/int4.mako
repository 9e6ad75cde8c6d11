<%doc>Weights in 4 bits, two per byte, each plus 8; one scale for each 32 weights of a row.</%doc>\
<%def name="gemv()">
def _gemv(sums, rows, scales, x, i, n):
    """Add to each of the sums its row of n weights, two a byte, times x[i:] and the scale of each 32."""
    x = list(x[i : i + n])
    x.append(0.0)
    at = 0
    group = 0
    for j in range(len(sums)):
        for first in range(0, n, 32):
            total = 0.0
            for k in range(first, min(first + 32, n), 2):
                pair = rows[at]
                at += 1
                total += ((pair & 15) - 8) * x[k]
                total += ((pair >> 4) - 8) * x[k + 1]
            sums[j] += total * unpack_from("<f", scales, group)[0]
            group += 4
</%def>
<%def name="row()">
def _row(rows, scales, row, n):
    """A row of n values, two a byte times the scale of each 32."""
    at = row * ((n + 1) // 2)
    scale = unpack_from("<{}f".format((n + 31) // 32), scales, 4 * row * ((n + 31) // 32))
    return [((rows[at + k // 2] >> k % 2 * 4 & 15) - 8) * scale[k // 32] for k in range(n)]
</%def>
