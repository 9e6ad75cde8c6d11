<% p = f.parameter("alpha", op.alpha) %>\
def _${f.name}(x, i, y, o):
    """y = x where x >= 0, alpha x below."""
    ${p.definition}
    for k in range(${f.size_in(0)}):
        v = x[i + k]
        y[o + k] = v if v >= 0 else ${p.at("k")} * v
