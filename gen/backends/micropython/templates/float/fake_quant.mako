<%
    low, high, step, inverse = (f.literal(value) for value in (op.low, op.high, op.step, op.inverse))
    n = f.size_in(0)
%>\
def _${f.name}(x, i, y, o):
    """To the nearest of ${op.levels + 1} values from ${low} to ${high}, as TensorFlow's fake quantisation has it."""
    for k in range(${n}):
        v = (max(min(x[i + k], ${high}), ${low}) - ${low}) * ${inverse} - ${op.zero} + 0.5
        whole = int(v)
        y[o + k] = (whole - 1 if whole > v else whole) * ${step}
