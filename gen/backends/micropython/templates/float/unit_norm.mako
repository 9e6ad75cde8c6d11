<% n, least = f.size_in(0), f.literal(op.epsilon) %>\
def _${f.name}(x, i, y, o):
    """y = x / max(|x|, ${least})."""
    square = 0.0
    for k in range(${n}):
        square += x[i + k] * x[i + k]
    divisor = max(sqrt(square), ${least})
    for k in range(${n}):
        y[o + k] = x[i + k] / divisor
