<%doc>Weights that ``struct`` unpacks temporarily, PART at a time, by a type code of a number of bytes. scaled:
whether each row has a scale; None if only some matrices have, which the number of arguments tells.</%doc>\
<%! PART = 64 %>\
<%def name="gemv(code, size, scaled)">
def _gemv(sums, rows, ${"*rest" if scaled is None else "scales, x, i, n" if scaled else "x, i, n"}):
    """Add to each of the sums its row of n weights times x[i:]${"" if scaled is False else " and the row's scale, if it has one"}."""
    ${"x, i, n = rest[-3:]" if scaled is None else ""}
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = ${"sums[j]" if scaled is False else "0.0"}
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}${code}".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += ${f"{size} * " if size > 1 else ""}part
% if scaled is None:
        if len(rest) > 3:
            total *= unpack_from("<f", rest[0], 4 * j)[0]
% elif scaled:
        total *= unpack_from("<f", scales, 4 * j)[0]
% endif
        sums[j] ${"=" if scaled is False else "+="} total
</%def>
<%def name="row(code, size, scaled)">
def _row(rows, ${"*rest" if scaled is None else "scales, row, n" if scaled else "row, n"}):
    """A row of n values${"" if scaled is False else ", times its scale, if it has one"}."""
    ${"row, n = rest[-2:]" if scaled is None else ""}
    values = unpack_from("<{}${code}".format(n), rows, row * ${f"{size} * " if size > 1 else ""}n)
    ${["if len(rest) == 2:", "    return values"] if scaled is None else []}
% if scaled is False:
    return values
% else:
    scale = unpack_from("<f", ${"scales" if scaled else "rest[0]"}, 4 * row)[0]
    return [value * scale for value in values]
% endif
</%def>
