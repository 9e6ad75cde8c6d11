<% n = f.size_in(0) %>\
def _${f.name}(x, i, y, o):
    """y = round(x scale) / scale, scale = 127 / (max |x| + ${f.literal(op.epsilon)})."""
    a = list(x[i : i + ${n}])
    scale = 127.0 / (max([abs(v) for v in a]) + ${f.literal(op.epsilon)})
    a = [v * scale for v in a]
    ${f.help("round")}(a, 0, ${n})
    for k in range(${n}):
        y[o + k] = a[k] / scale
