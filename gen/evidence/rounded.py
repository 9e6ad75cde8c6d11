"""Numbers of float32 with a bound of their error: NumPy's operators on them turn a layer's formula into its rounding
error.

Operations round to nearest: ``u = 2^-24`` of the result. The error of a sum of n terms is at most ``n u / (1 - n u)``
of the sum of their sizes, in any order, also if products are not rounded before they are added (N. Higham, Accuracy and
Stability of Numerical Algorithms, 2002, section 3.1). Bounds are computed in float64, with a margin for its rounding.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import prod
from typing import Any

import numpy as np

from ..core.formats import Array
from ..core.functions import Function

U, TINY = 2.0**-24, 2.0**-126
"""The largest relative error of a result; and the error below the normal numbers, even if the result becomes 0."""
HELPERS = 2e-7
"""The largest error of C's functions, relative to max(1, |y|): ``tests/backends/c99/test_float32_math.py``."""


class NoBoundError(Exception):
    """There is no bound; the text gives the reason."""


class Rounded(np.ndarray):
    """Numbers with an error bound. The real part bounds the exact value, and the imaginary part the error of C.
    ``terms`` is the number of terms if the value is a sum whose rounding is still to be added; 0 if it is stored.
    ``origin`` names the operation and its operands if a formula consists of several operations."""

    terms = 0
    origin: tuple[Any, ...] = ("",)

    def __array_finalize__(self, source: Any) -> None:
        self.terms = getattr(source, "terms", 0)
        if self.dtype != np.complex128:
            raise NoBoundError("it computes with positions or whole numbers, which have no rule here")

    @property
    def fields(self) -> tuple[Array, Array]:
        """Sizes and errors of the stored values."""
        plain = np.asarray(self)
        if not self.terms:
            return plain.real, plain.imag
        return plain.real, (plain.imag + gamma(self.terms) * (plain.real + plain.imag) + self.terms * TINY) * 1.001

    def __setitem__(self, index: Any, value: Any) -> None:
        super().__setitem__(index, value)
        self.terms = max(self.terms, getattr(value, "terms", 0))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        name = NAMES.get(ufunc.__name__, ufunc.__name__)
        if method != "__call__":
            return _reduced(f"{name}.{method}", inputs[0], options.get("axis"), bool(options.get("keepdims")))
        return RULES[name](*map(number, inputs)) if name in RULES else applied(Function(name), number(inputs[0]))

    def __array_function__(self, function: Any, types: Any, args: Any, options: Any) -> Any:
        name = function.__name__
        if name in ARRAYS:
            return ARRAYS[name](*args, **options)
        if name not in MOVES:
            raise NoBoundError(f"{name} has no rule here")
        several = isinstance(args[0], (list, tuple))
        parts = [np.asarray(stored(number(x))) for x in (args[0] if several else args[:1])]
        moved = function(parts if several else parts[0], *args[1:], **options)
        return [array.view(Rounded) for array in moved] if isinstance(moved, list) else moved.view(Rounded)


def gamma(terms: int) -> float:
    """The relative error of a sum, of the sum of its terms' sizes."""
    return terms * U / (1 - terms * U)


def bounded(most: Any, carried: Any = 0.0, terms: int = 0, *origin: Any) -> Rounded:
    """Numbers of a size, with an error besides their rounding."""
    y = np.empty(np.broadcast(most, carried).shape, np.complex128)
    y.real, y.imag = most, carried
    if not np.all(y.real + y.imag <= np.finfo(np.float32).max):
        raise NoBoundError("values may leave float32")
    result = y.view(Rounded)
    result.terms, result.origin = terms, origin or ("",)
    return result


def number(x: Any) -> Rounded:
    """A constant, which is exact. Infinities do not count: they pad the argument of a maximum or a softmax."""
    if isinstance(x, Rounded):
        return x
    return bounded(np.where(np.isinf(x), 0, np.abs(x)), 0.0, 0, "constant")


def stored(x: Rounded) -> Rounded:
    """The same numbers after their sum is rounded."""
    return bounded(*x.fields) if x.terms else x


def _bilinear(multiply: Callable[[Any, Any], Array], terms: int, a: Rounded, b: Rounded) -> Rounded:
    """Sums of products."""
    (most_a, error_a), (most_b, error_b) = a.fields, b.fields
    most = multiply(most_a, most_b)
    return bounded(most, multiply(most_a + error_a, most_b + error_b) - most, terms)


def _add(a: Rounded, b: Rounded) -> Rounded:
    total = np.asarray(a) + np.asarray(b)
    return bounded(total.real, total.imag, a.terms + b.terms + 1)


def _subtract(a: Rounded, b: Rounded) -> Rounded:
    y = _add(a, b)
    y.origin = ("shifted", *b.origin[1:]) if b.origin[0] == "max" and b.origin[1] is a else ("",)
    return y


def _divide(a: Rounded, b: Rounded) -> Rounded:
    """A quotient; its bound also holds for the product with the reciprocal, each rounded."""
    if a.origin[0] == "powers" and b.origin[0] == "sum" and b.origin[1] is a and b.origin[2] == a.origin[2]:
        return _shares(*a.origin[1:])
    if b.origin[0] != "constant" or not np.asarray(b).all():
        raise NoBoundError("a divisor may be 0")
    return _bilinear(np.multiply, 3, a, bounded(1 / b.fields[0]))


def _shares(x: Rounded, axis: int) -> Rounded:
    """Softmax. It changes by at most half of the largest error of its arguments. The differences from the largest
    argument have a rounding error of u times themselves, which adds at most u (1/e + ln n): shares are at most e to the
    power of the differences, and the mean of the differences, weighted by shares, is at most ln n."""
    count = x.shape[axis]
    argued = x.fields[1].max(axis=axis, keepdims=True) / 2 + U * (np.exp(-1) + np.log(count))
    return bounded(np.ones(x.shape), (argued + 2 * HELPERS + gamma(count + 4) + count * TINY) * 1.01)


def _pick(*numbers: Rounded) -> Rounded:
    """One of several numbers; infinite ones are padding and do not count."""
    sizes, errors = zip(*(x.fields for x in numbers), strict=True)
    most = np.maximum.reduce(np.broadcast_arrays(*(np.where(np.isinf(size), 0, size) for size in sizes)))
    return bounded(most, np.maximum.reduce(np.broadcast_arrays(*errors)))


def _decided(*numbers: Rounded) -> Rounded:
    """Truth values, which equal C's if exact values decide."""
    if any(np.any(x.fields[1] > 0) for x in numbers):
        raise NoBoundError("rounded values decide")
    return bounded(np.ones(np.broadcast_shapes(*(x.shape for x in numbers))))


def _where(condition: Any, *cases: Any) -> Any:
    if isinstance(condition, Rounded):
        return _pick(*map(number, cases), number(np.zeros(condition.shape)))
    pairs = zip(*(number(x).fields for x in cases), strict=True)
    return bounded(*(np.where(condition, *pair) for pair in pairs))


def _einsum(spec: str, a: Any, b: Any) -> Rounded:
    ins, out = spec.split("->")
    sizes = dict(zip(ins.replace(",", ""), (*a.shape, *b.shape), strict=True))
    terms = prod(size for name, size in sizes.items() if name not in out)
    return _bilinear(partial(np.einsum, spec), terms, number(a), number(b))


def _reduced(name: str, x: Rounded, axis: Any, keepdims: bool) -> Any:
    most, error = x.fields
    if name in ("maximum.reduce", "minimum.reduce"):
        ends = most.max(axis=axis, keepdims=keepdims), error.max(axis=axis, keepdims=keepdims)
        return bounded(*ends, 0, name[:3], x, axis)
    if name == "add.reduce":
        total = np.asarray(x).sum(axis=axis, keepdims=keepdims)
        return bounded(total.real, total.imag, x.terms + most.size // total.size - 1, "sum", x, axis)
    if name != "logical_or.reduce":
        raise NoBoundError(f"{name} has no rule here")
    return _decided(x)[(slice(None),) * (axis % x.ndim) + (0,)]


def _exponential(x: Rounded) -> Rounded:
    if x.origin[0] != "shifted":
        return applied(Function("exponential"), x)
    error = x.fields[1]
    return bounded(np.ones(x.shape), error * np.exp(error) + HELPERS, 0, "powers", *x.origin[1:])


DECISIONS = (
    *("greater", "greater_equal", "less", "less_equal", "equal", "not_equal"),
    *("logical_and", "logical_or", "bitwise_and", "bitwise_or"),
)
RULES: dict[str, Callable[..., Any]] = {
    **{"add": _add, "subtract": _subtract, "divide": _divide, "exponential": _exponential, "negative": lambda x: x},
    "multiply": partial(_bilinear, np.multiply, 1),
    "matmul": lambda a, b: _bilinear(np.matmul, a.shape[-1], a, b),
    **dict.fromkeys(("maximum", "minimum"), _pick),
    **dict.fromkeys(DECISIONS, _decided),
}
"""Rules of NumPy's operators."""
NAMES = {"exp": "exponential", "absolute": "abs"}
"""NumPy's names of functions that have another name here."""
ARRAYS: dict[str, Callable[..., Any]] = {
    **{
        "einsum": _einsum,
        "where": _where,
        "zeros_like": lambda x, shape=None: bounded(np.zeros(x.shape if shape is None else shape)),
    },
    **{"sum": np.add.reduce, "max": np.maximum.reduce, "min": np.minimum.reduce, "any": np.logical_or.reduce},
    **{"amax": np.maximum.reduce, "amin": np.minimum.reduce, "mean": lambda x, **more: x.mean(**more)},
}
MOVES = ("transpose", "moveaxis", "repeat", "take", "expand_dims", "concatenate", "stack", "split", "pad")
"""NumPy's functions that move values unchanged."""
SLOPES: dict[str, float] = {
    **dict.fromkeys(("linear", "tanh", "hard_tanh", "softplus", "softsign", "log_sigmoid", "tanh_shrink", "elu"), 1.0),
    **dict.fromkeys(("celu", "soft_shrink", "squareplus", "sparse_plus", "abs", "clip", "relu", "hard_sigmoid"), 1.0),
    **{"sigmoid": 0.25, "sparse_sigmoid": 0.5, "hard_silu": 1.5, "selu": 1.7581},
    **dict.fromkeys(("gelu", "silu", "mish", "erf"), 1.13),
}
"""The steepest slope of a function, before its parameters."""
PICKS = ("linear", "abs", "hard_tanh", "clip")
"""Functions without rounding."""


def applied(function: Function, x: Rounded) -> Rounded:
    """A function of single values. Each is largest at an end of a range around 0, or at 0."""
    name, params, (most, error) = function.name, dict(function.params), x.fields
    if name not in (*SLOPES, "exponential", "square") or (name == "relu" and params.get("threshold")):
        raise NoBoundError(f"{name} has no rule here")
    size = np.maximum.reduce([np.abs(function(end)) for end in (most, -most, np.zeros(most.shape))])
    steep = max(SLOPES.get(name, 0.0), abs(params.get("alpha", params.get("negative_slope", 0.0))))
    ends = {"exponential": np.exp(most + error), "square": 2 * (most + error)}
    carried = ends.get(name, steep * params.get("slope", 1.0)) * error
    least = max([1.0, *map(abs, params.values())])  # the error of alpha (exp(x) - 1) is alpha times that of exp
    if name not in PICKS and (name != "relu" or params.get("negative_slope")):
        carried = carried + HELPERS * (size + carried if name in ends else np.maximum(least, size + carried)) + TINY
    return bounded(size, carried)


class Bounded(Function):
    """A function that also accepts numbers with an error bound."""

    def __call__(self, x: Any) -> Any:
        plain = Function(self.name, self.params)
        return applied(plain, x) if isinstance(x, Rounded) and self.elementwise else plain(x)
