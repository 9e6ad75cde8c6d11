<%doc>Real numbers as integers and back, and lists as one. Needs, from the caller: whether it computes in integers,
its inputs and its outputs, whose features may have their own scales.</%doc>\
<%def name="functions(integer, inputs, outputs)">\
% if integer:
def _numbers(code, x, scale, zero, low, high):
    """Real numbers as integers."""
    q = array(code, bytes(len(x) * ${'{"b": 1, "h": 2, "i": 4}'}[code]))
    for k in range(len(q)):
        v = x[k] / scale + (zero + 0.5)
        q[k] = low if v < low else floor(v) if v <= high else high  # NaN: high, as in C
    return q
% if any(port.format.features for port in inputs):


def _features(code, x, scales, zeros, low, high):
    """The same where each feature has a scale and a zero point of its own."""
    q = array(code, bytes(len(x) * ${'{"b": 1, "h": 2}'}[code]))
    n = len(scales)
    for k in range(len(q)):
        v, zero = x[k] / scales[k % n] + 0.5, zeros[k % n]
        q[k] = low if v < low - zero else floor(v) + zero if v < high - zero + 1 else high  # NaN: high, as in C
    return q
% endif


def _reals(q, y, scale, zero):
    """What integers mean, into y."""
    for k in range(len(q)):
        y[k] = (q[k] - zero) * scale
    return y
% if any(port.format.features for port in outputs):


def _real_features(q, y, scales, zeros):
    """The same where each feature has a scale and a zero point of its own."""
    n = len(scales)
    for k in range(len(q)):
        y[k] = (q[k] - zeros[k % n]) * scales[k % n]
    return y
% endif


% endif
def _flat(x):
    """A list of steps, or of rows, as one list."""
    while len(x) and isinstance(x[0], (list, tuple, array, memoryview)):
        x = [value for row in x for value in row]
    return x
</%def>
<%def name="tuple_of(names)" buffered="True">namedtuple("Outputs", (${", ".join(f'"{name}"' for name in names)}))</%def>
<%doc>An input's real numbers as integers. Needs: its format, the type code of its array, its place among all ports.</%doc>\
<%def name="integers(port, name, code, n)" buffered="True"><% f = port.format; many = f.features %>\
_${"features" if many else "numbers"}("${code}", ${name}, ${f"_SCALES_{n}, _ZEROS_{n}" if many else f"_SCALES[{n}], {f.zero}"}, ${f.low}, ${f.high})\
</%def>
<%doc>An output's integers as real numbers, into y. Needs: its format, its place among all ports.</%doc>\
<%def name="reals(port, q, y, n)" buffered="True">\
<% many = port.format.features %>\
_${"real_features" if many else "reals"}(${q}, ${y}, ${f"_SCALES_{n}, _ZEROS_{n}" if many else f"_SCALES[{n}], {port.format.zero}"})\
</%def>
