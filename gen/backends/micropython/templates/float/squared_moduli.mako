<% bins = f.size(f.outs[0]) %>\
def _${f.name}(x, i, y, o):
    """y = re^2 + im^2; real parts come first."""
    for k in range(i, i + ${bins}):
        y[o] = x[k] * x[k] + x[k + ${bins}] * x[k + ${bins}]
        o += 1
