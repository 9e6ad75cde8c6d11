def _${f.name}(x, i, y, o):
    """Weighted sums of neighbouring bins, a band each."""
    weights = ${f.unpacked(f.weight("weights", op.weights), len(op.weights))}
    k = 0
    for first, count in ${tuple((int(a), int(c - b)) for a, b, c in zip(op.first, op.start[:-1], op.start[1:]))}:
        total = 0.0
        for j in range(i + first, i + first + count):
            total += weights[k] * x[j]
            k += 1
        y[o] = total
        o += 1
