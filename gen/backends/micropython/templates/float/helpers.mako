<%doc>The helpers of the float modules, each by its name. A helper of one value is given by its expression of v.</%doc>\
<%! from gatesmith.backends.spelling import parameters %>\
<%def name="copy()">
def _copy(x, i, y, o, n):
    """y[o:] = x[i:], n values."""
    for k in range(n):
        y[o + k] = x[i + k]
</%def>
<%def name="fill()">
def _fill(y, o, n, value):
    """y[o:] = value, n times."""
    for k in range(n):
        y[o + k] = value
</%def>
<%!
    # What a[k] is, or the statements that make it.
    BODIES = {
        "relu": "v if v > 0 else 0.0",
        "relu_general": "min(v, max_value) if v > threshold else negative_slope * (v - threshold)",
        "sigmoid": """
if v >= 0:
    a[k] = 1 / (1 + exp(-v))
else:
    v = exp(v)
    a[k] = v / (1 + v)""",
        "hard_sigmoid": "max(0.0, min(1.0, slope * v + offset))",
        "tanh": "tanh(v)",
        "hard_tanh": "max(-1.0, min(1.0, v))",
        "elu": "v if v > 0 else alpha * (exp(v) - 1)",
        "selu": "1.050701 * (v if v > 0 else 1.6732632 * (exp(v) - 1))",
        "celu": "v if v > 0 else alpha * (exp(v / alpha) - 1)",
        "softplus": "max(v, 0.0) + log(1 + exp(-abs(v)))",
        "softsign": "v / (1 + abs(v))",
        "gelu": "0.5 * v * (1 + erf(v * 0.70710678))",
        "gelu_tanh": "0.5 * v * (1 + tanh(0.7978846 * (v + 0.044715 * v * v * v)))",
        "silu": """
if v >= 0:
    a[k] = v / (1 + exp(-v))
else:
    e = exp(v)
    a[k] = v * e / (1 + e)""",
        "hard_silu": "v * max(0.0, min(1.0, v / 6 + 0.5))",
        "mish": """
e = exp(min(v, 20.0))
e *= e + 2
a[k] = v * (e / (e + 2))""",
        "exponential": "exp(v) if v < 88.72 else inf",
        "log_sigmoid": "min(v, 0.0) - log(1 + exp(-abs(v)))",
        "tanh_shrink": "v - tanh(v)",
        "soft_shrink": "v - threshold if v > threshold else v + threshold if v < -threshold else 0.0",
        "hard_shrink": "v if abs(v) > threshold else 0.0",
        "squareplus": """
size = abs(v)
total = size + (sqrt(size * size + b) if size < 1e18 else size)
a[k] = 0.5 * total if v >= 0 else 0.5 * b / total""",
        "sparse_plus": "0.0 if v <= -1 else 0.25 * (v + 1) * (v + 1) if v < 1 else v",
        "sparse_sigmoid": "max(0.0, min(1.0, 0.5 * (v + 1)))",
        "threshold": "v if v > threshold else value",
        "abs": "abs(v)",
        "square": "v * v",
        "sqrt": "sqrt(v) if v >= 0 else nan",
        "rsqrt": "1 / sqrt(v) if v > 0 else inf if v == 0 else nan",
        "reciprocal": "1 / v if v else inf",
        "log": "log(v) if v > 0 else -inf if v == 0 else nan",
        "sign": "float((v > 0) - (v < 0))",
        "floor": """
whole = float(int(v)) if abs(v) < 8388608 else v
a[k] = whole - 1 if whole > v else whole""",
        "ceil": """
whole = float(int(v)) if abs(v) < 8388608 else v
a[k] = whole + 1 if whole < v else whole""",
        "round": """
whole = int(v) if abs(v) < 8388608 else 0
rest = abs(v - whole)
if whole or rest < 1:
    step = rest > 0.5 or (rest == 0.5 and whole & 1)
    v = float(whole + (1 if v > 0 else -1) if step else whole)
a[k] = v""",
        "float8": """
v = min(max(v / scale, -448.0), 448.0)
step = 0.001953125
while abs(v) >= 16 * step:
    step += step
v /= step
whole = int(v)
rest = abs(v - whole)
if rest > 0.5 or (rest == 0.5 and whole & 1):
    whole += 1 if v > 0 else -1
a[k] = whole * step * scale""",
        "truncate": "float(int(v)) if abs(v) < 8388608 else v",
        "erf": "erf(v)",
        **{name: f"{name}(v)" for name in ("sin", "cos", "tan")},
        "arctan": "atan(v)",
        "arcsin": "asin(v) if -1 <= v <= 1 else nan",
        "arccos": "acos(v) if -1 <= v <= 1 else nan",
        "sinh": """
if abs(v) < 0.5:
    s = v * v
    a[k] = v + v * s * (0.16666667 + s * (0.008333334 + s * 0.0001984127))
else:
    e = exp(abs(v) - 0.6931472) if abs(v) < 89.4 else inf
    e -= 0.25 / e
    a[k] = e if v > 0 else -e""",
        "cosh": """
e = exp(abs(v) - 0.6931472) if abs(v) < 89.4 else inf
a[k] = e + 0.25 / e""",
        "arcsinh": """
e = abs(v)
e = log(e + sqrt(e * e + 1)) if e < 1e9 else log(e) + 0.6931472
a[k] = e if v > 0 else -e""",
        "arccosh": "nan if v < 1 else log(v + sqrt((v - 1) * (v + 1))) if v < 1e9 else log(v) + 0.6931472",
        "arctanh": "0.5 * log((1 + v) / (1 - v)) if -1 < v < 1 else inf * v if abs(v) == 1 else nan",
        "clip": "min(max(v, low), high)",
        "power": """
if v == 0:
    a[k] = 0.0 if exponent > 0 else inf if exponent < 0 else 1.0
elif v > 0 or exponent == int(exponent):
    a[k] = v**exponent
else:
    a[k] = nan""",
    }
%>\
<%def name="each(name)">
<% body = BODIES[name] %>\
def _${name}(${", ".join(["a", "k", "end", *parameters(name)])}):
    """${name} of a[k:end], in place."""
    for k in range(k, end):
        v = a[k]
        ${body if "\n" in body else f"a[k] = {body}"}
</%def>
<%def name="divide_of()">
def _divide_of(a, b):
    """a / b, of floats."""
    if b:
        return a / b
    return inf if a > 0 else -inf if a < 0 else nan
</%def>
<%def name="power_of()">
def _power_of(a, b):
    """a ** b, of floats; no number where a is negative and b is not whole."""
    if a == 0:
        return 1.0 if b == 0 else 0.0 if b > 0 else inf
    return a**b if a > 0 or b == int(b) else nan
</%def>
