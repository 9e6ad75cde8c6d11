<% channels = op.channels; positions = f.size(f.ins[0][1:]) // channels %>\
% if op.mode == "max":
def _${f.name}(x, i, s, begun, largest, y, o):
    """The largest of all positions so far."""
    for n in range(i, i + ${positions * channels}, ${channels}):
        for c in range(${channels}):
            if not s[begun] or x[n + c] > s[largest + c]:
                s[largest + c] = x[n + c]
        s[begun] = 1.0
% else:
def _${f.name}(x, i, s, steps, mean, rest, y, o):
    """The mean of all positions so far; rest is by how much it was rounded up."""
    s[steps] += ${positions}
    for c in range(${channels}):
        v = s[mean + c]
        more = sum([x[n] - v for n in range(i + c, i + ${positions * channels}, ${channels})]) / s[steps] - s[rest + c]
        s[mean + c] = v + more
        s[rest + c] = s[mean + c] - v - more
% endif
    ${f.help("copy")}(s, ${"largest" if op.mode == "max" else "mean"}, y, o, ${channels})
