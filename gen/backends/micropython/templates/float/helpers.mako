<%doc>The helpers of the float modules, each by its name. A helper of one value is written as what becomes of v.</%doc>\
<%def name="copy()">
def _copy(x, i, y, o, n):
    """y[o:] = x[i:], n values."""
    for k in range(n):
        y[o + k] = x[i + k]
</%def>
<%def name="fill()">
def _fill(y, o, n):
    """y[o:] = 0, n values."""
    for k in range(n):
        y[o + k] = 0.0
</%def>
<%def name="gemv()">
def _gemv(sums, rows, x, i, n):
    """Add to each of the sums its row of n weights times x[i:]. Weights are unpacked ${PART} at a time and forgotten."""
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = sums[j]
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}f".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += 4 * part
        sums[j] = total
</%def>
<%def name="gemv8()">
def _gemv8(sums, rows, scales, x, i, n):
    """Add to each of the sums its row of n weights, a byte each, times x[i:] and the row's scale."""
    x = list(x[i : i + n])
    at = 0
    for j in range(len(sums)):
        total = 0.0
        first = 0
        while first < n:
            part = min(n - first, ${PART})
            k = first
            for weight in unpack_from("<{}b".format(part), rows, at):
                total += weight * x[k]
                k += 1
            first += part
            at += part
        sums[j] += total * unpack_from("<f", scales, 4 * j)[0]
</%def>
<%def name="scaled()">
def _scaled(rows, scales, row, n):
    """A row of n values, a byte each times the row's scale."""
    scale = unpack_from("<f", scales, 4 * row)[0]
    return [value * scale for value in unpack_from("<{}b".format(n), rows, row * n)]
</%def>
<%!
    PART = 64

    # Parameters, and the statements that make a[k] of v.
    BODIES = {
        "relu": ("", ["a[k] = v if v > 0 else 0.0"]),
        "relu_general": (
            ", slope, most, threshold",
            ["a[k] = min(v, most) if v > threshold else slope * (v - threshold)"],
        ),
        "sigmoid": (
            "",
            ["if v >= 0:", "    a[k] = 1 / (1 + exp(-v))", "else:", "    v = exp(v)", "    a[k] = v / (1 + v)"],
        ),
        "hard_sigmoid": (", slope, offset", ["a[k] = max(0.0, min(1.0, slope * v + offset))"]),
        "tanh": ("", ["a[k] = tanh(v)"]),
        "hard_tanh": ("", ["a[k] = max(-1.0, min(1.0, v))"]),
        "elu": (", alpha", ["a[k] = v if v > 0 else alpha * (exp(v) - 1)"]),
        "selu": ("", ["a[k] = 1.050701 * (v if v > 0 else 1.6732632 * (exp(v) - 1))"]),
        "celu": (", alpha", ["a[k] = v if v > 0 else alpha * (exp(v / alpha) - 1)"]),
        "softplus": ("", ["a[k] = max(v, 0.0) + log(1 + exp(-abs(v)))"]),
        "softsign": ("", ["a[k] = v / (1 + abs(v))"]),
        "gelu": ("", ["a[k] = 0.5 * v * (1 + erf(v * 0.70710678))"]),
        "gelu_tanh": ("", ["a[k] = 0.5 * v * (1 + tanh(0.7978846 * (v + 0.044715 * v * v * v)))"]),
        "silu": (
            "",
            ["if v >= 0:", "    a[k] = v / (1 + exp(-v))", "else:", "    e = exp(v)", "    a[k] = v * e / (1 + e)"],
        ),
        "hard_silu": ("", ["a[k] = v * max(0.0, min(1.0, v / 6 + 0.5))"]),
        "mish": ("", ["e = exp(min(v, 20.0))", "e *= e + 2", "a[k] = v * (e / (e + 2))"]),
        "exponential": ("", ["a[k] = exp(v) if v < 88.72 else inf"]),
        "log_sigmoid": ("", ["a[k] = min(v, 0.0) - log(1 + exp(-abs(v)))"]),
        "tanh_shrink": ("", ["a[k] = v - tanh(v)"]),
        "soft_shrink": (
            ", threshold",
            ["a[k] = v - threshold if v > threshold else v + threshold if v < -threshold else 0.0"],
        ),
        "hard_shrink": (", threshold", ["a[k] = v if abs(v) > threshold else 0.0"]),
        "squareplus": (
            ", b",
            [
                "size = abs(v)",
                "total = size + (sqrt(size * size + b) if size < 1e18 else size)",
                "a[k] = 0.5 * total if v >= 0 else 0.5 * b / total",
            ],
        ),
        "sparse_plus": ("", ["a[k] = 0.0 if v <= -1 else 0.25 * (v + 1) * (v + 1) if v < 1 else v"]),
        "sparse_sigmoid": ("", ["a[k] = max(0.0, min(1.0, 0.5 * (v + 1)))"]),
        "threshold": (", threshold, value", ["a[k] = v if v > threshold else value"]),
    }
%>\
<%def name="each(name)">
<% extra, lines = BODIES[name] %>\
def _${name}(a, k, end${extra}):
    """${name} of a[k:end], in place."""
    for k in range(k, end):
        v = a[k]
% for line in lines:
        ${line}
% endfor
</%def>
<%def name="flat()">
def _flat(x):
    """A sequence as one run of values; a list of steps is laid out flat."""
    if isinstance(x, (list, tuple)) and len(x) and not isinstance(x[0], (int, float)):
        return array("f", [value for step in x for value in step])
    return x
</%def>
<%def name="length()">
def _length(x, n, name):
    if len(x) != n:
        raise ValueError("{} has {} values and must have {}".format(name, len(x), n))
</%def>
