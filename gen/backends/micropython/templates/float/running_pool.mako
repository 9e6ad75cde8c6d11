<% channels = op.channels; positions = f.size(f.ins[0][1:]) // channels %>\
% if op.mode == "max":
def _${f.name}(x, i, s, begun, largest, y, o):
    """The largest of all positions so far."""
    for n in range(i, i + ${positions * channels}, ${channels}):
        for c in range(${channels}):
            if not s[begun] or x[n + c] > s[largest + c]:
                s[largest + c] = x[n + c]
        s[begun] = 1.0
    ${f.help("copy")}(s, largest, y, o, ${channels})
% else:
def _${f.name}(x, i, s, steps, total, y, o):
    """The mean of all positions so far."""
    s[steps] += ${positions}
    for n in range(i, i + ${positions * channels}, ${channels}):
        for c in range(${channels}):
            s[total + c] += x[n + c]
    for c in range(${channels}):
        y[o + c] = s[total + c] / s[steps]
% endif
