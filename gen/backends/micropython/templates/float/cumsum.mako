<% n = f.ins[0][0]; rest = f.size_in(0) // n %>\
def _${f.name}(x, i, y, o):
    """y[k] = x[0] + ... + x[k] along the first axis."""
    for c in range(${rest}):
        total = 0.0
        for k in range(c, ${f.size_in(0)}, ${rest}):
            total += x[i + k]
            y[o + k] = total
