<%
    op = f.op
    low, high, place, one = ("x[k] >= 0", op.depth, "x[k]", "1") if f.integer else ("x[k] > -1.0f", f.literal(op.depth), f"({f.index})x[k]", "1.0f")
    count = f"y[{place}]++;" if f.integer else f"y[{place}] += {one};"
%>\
<%frame:whole note="y[c] = ${'how many of the numbers are c' if op.counts else '1 where a number is c'}; numbers without a category are ignored.">
    memset(y, 0, ${op.depth} * sizeof *y);
    for (${f.index} k = 0; k < ${f.size_in(0)}; k++) {
        if (${low} && x[k] < ${high}) {
            ${count if op.counts else f"y[{place}] = {one};"}
        }
    }
</%frame:whole>
