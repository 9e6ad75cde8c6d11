"""Activation functions: closed list, canonical parameters, and their meaning in NumPy.

A :class:`Function` is a name and its parameters, nothing else; a backend spells it. Meanings also take what
follows NumPy's protocol, such as bounds of rounding, so none calls ``np.asarray``. Sources of the formulas are Keras
3's ``keras/src/activations`` and, where the older meaning differs, Keras 2's ``keras/activations.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from math import erf
from typing import TypeVar

import numpy as np

from .formats import Array


@dataclass(frozen=True)
class Function:
    """An activation with its parameters: ``Function("hard_sigmoid", (("offset", 0.5), ("slope", 0.2)))``."""

    name: str
    params: tuple[tuple[str, float], ...] = ()

    def __getitem__(self, key: str) -> float:
        return dict(self.params)[key]

    def __call__(self, x: Array) -> Array:
        """Apply to ``x`` of any shape; vector functions act on the axis named by their ``axis`` parameter."""
        meaning: Callable[..., Array] = MEANINGS[self.name] if self.name in MEANINGS else OPERATIONS[self.name]
        return meaning(x, **dict(self.params)).astype(x.dtype, copy=False)

    def part(self, x: Array) -> Array:
        """A part of the argument, unchanged and in its format; :class:`Watched` reports it."""
        return x

    @property
    def elementwise(self) -> bool:
        """False if one output depends on several inputs (softmax and similar functions)."""
        return self.name not in VECTOR

    @property
    def shares(self) -> bool:
        """Whether all results are between 0 and 1."""
        return self.name in SHARES

    @property
    def integral(self) -> bool:
        """Whether it maps integers to integers."""
        return self.name in INTEGRAL and all(value.is_integer() for _, value in self.params)

    def __str__(self) -> str:
        inner = ", ".join(f"{k}={v:g}" for k, v in self.params)
        return f"{self.name}({inner})" if inner else self.name


def function(name: str, **params: float) -> Function:
    """Build a Function with its parameters in canonical (sorted) order.

    Raises:
        KeyError: the name is not in the closed list.
    """
    if name not in MEANINGS and name not in OPERATIONS:
        raise KeyError(name)
    return Function(name, tuple(sorted((k, float(v)) for k, v in params.items())))


LINEAR = Function("linear")


@dataclass(frozen=True)
class Watched(Function):
    """A function that reports its arguments (``source NAME``) and results (``result NAME``)."""

    tell: Callable[[str, Array], None] = lambda name, values: None

    def __call__(self, x: Array) -> Array:
        plain = Function(self.name, self.params)
        y = plain(x)
        self.tell(f"source {plain}", x)
        self.tell(f"result {plain}", y)
        return y

    def part(self, x: Array) -> Array:
        self.tell(f"source {Function(self.name, self.params)}", x)
        return x


Owner = TypeVar("Owner")


def watched(owner: Owner, tell: Callable[[str, Array], None]) -> Owner:
    """The same dataclass with every function in it replaced by a watched one."""
    values = {f.name: getattr(owner, f.name) for f in fields(owner)}  # type: ignore[arg-type]
    watchers = {name: Watched(f.name, f.params, tell) for name, f in values.items() if isinstance(f, Function)}
    return replace(owner, **watchers)  # type: ignore[type-var]


def _sigmoid(x: Array) -> Array:
    small = np.exp(-np.abs(x))
    y: Array = np.where(x >= 0, 1, small) / (1 + small)
    return y


def _softplus(x: Array) -> Array:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _relu(x: Array, negative_slope: float = 0.0, max_value: float = np.inf, threshold: float = 0.0) -> Array:
    return np.where(x > threshold, np.minimum(x, max_value), negative_slope * (x - threshold) if negative_slope else 0)


def _elu(x: Array, alpha: float = 1.0) -> Array:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717


def _erf(x: Array) -> Array:
    y: Array = np.vectorize(erf, otypes=[np.float64])(x)
    return y


def _gelu(x: Array, approximate: float = 0.0) -> Array:
    inner: Array = np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)) if approximate else _erf(x / np.sqrt(2))
    y: Array = 0.5 * x * (1 + inner)
    return y


def _soft_shrink(x: Array, threshold: float = 0.5) -> Array:
    return np.where(x > threshold, x - threshold, np.where(x < -threshold, x + threshold, 0))


def _threshold(x: Array, threshold: float, value: float) -> Array:
    return np.where(x > threshold, x, value)


def _softmax(x: Array, axis: float = -1) -> Array:
    e: Array = np.exp(x - x.max(axis=int(axis), keepdims=True))
    y: Array = e / e.sum(axis=int(axis), keepdims=True)
    return y


def _log_softmax(x: Array, axis: float = -1) -> Array:
    shifted: Array = x - x.max(axis=int(axis), keepdims=True)
    y: Array = shifted - np.log(np.exp(shifted).sum(axis=int(axis), keepdims=True))
    return y


def _sparsemax(x: Array, axis: float = -1) -> Array:
    """Keras's sparsemax, ``keras/src/backend/*/nn.py``. Its threshold sums the cumulated sums of the support; Martins
    and Astudillo (2016, algorithm 1) take the last of them. The two differ if the support has two or more values."""
    z = np.flip(np.sort(np.moveaxis(x, int(axis), -1), axis=-1), axis=-1)
    total = np.cumsum(z, axis=-1)
    support = z - (total - 1) / np.arange(1, z.shape[-1] + 1, dtype=x.dtype) > 0
    tau = (np.where(support, total, 0).sum(axis=-1, keepdims=True) - 1) / support.sum(axis=-1, keepdims=True)
    result: Array = np.maximum(x - np.moveaxis(tau, -1, int(axis)), 0)
    return result


def _glu(x: Array, axis: float = -1) -> Array:
    a, b = np.split(x, 2, axis=int(axis))
    return a * _sigmoid(b)


MEANINGS: dict[str, Callable[..., Array]] = {
    "linear": lambda x: x,
    "relu": _relu,
    "sigmoid": _sigmoid,
    "hard_sigmoid": lambda x, slope, offset: np.clip(slope * x + offset, 0, 1),
    "tanh": np.tanh,
    "hard_tanh": lambda x: np.clip(x, -1, 1),
    "elu": _elu,
    "selu": lambda x: SELU_SCALE * _elu(x, SELU_ALPHA),
    "celu": lambda x, alpha=1.0: np.maximum(x, 0) + alpha * np.expm1(np.minimum(x, 0) / alpha),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "hard_silu": lambda x: x * np.clip(x / 6 + 0.5, 0, 1),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "exponential": np.exp,
    "log_sigmoid": lambda x: -_softplus(-x),
    "tanh_shrink": lambda x: x - np.tanh(x),
    "soft_shrink": _soft_shrink,
    "hard_shrink": lambda x, threshold=0.5: np.where(np.abs(x) > threshold, x, 0),
    "squareplus": lambda x, b=4.0: (x + np.sqrt(x * x + b)) / 2,
    "sparse_plus": lambda x: np.where(x <= -1, 0, np.where(x < 1, (x + 1) ** 2 / 4, x)),
    "sparse_sigmoid": lambda x: np.clip((x + 1) / 2, 0, 1),
    "threshold": _threshold,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
    "sparsemax": _sparsemax,
    "glu": _glu,
}
"""Name -> meaning. ``hard_sigmoid`` always carries slope and offset: 0.2, 0.5 up to Keras 2 and 1/6, 0.5 in Keras 3."""


def _power(x: Array, exponent: float) -> Array:
    with np.errstate(all="ignore"):
        y: Array = np.power(x, x.dtype.type(exponent))
    return y


def _quiet(meaning: Callable[[Array], Array]) -> Callable[[Array], Array]:
    """The same function without warnings for arguments outside its domain, or with an infinite result."""

    def quietly(x: Array) -> Array:
        with np.errstate(all="ignore"):
            return meaning(x)

    return quietly


def _float8(x: Array, scale: float) -> Array:
    """Rounding to the nearest value of float8 e4m3 (three fraction bits, smallest step 2^-9) times a scale."""
    by = x.dtype.type(scale)
    y = np.clip(x / by, -448, 448)
    _, exponent = np.frexp(y)
    step = np.ldexp(x.dtype.type(1), np.maximum(exponent - 1, -6) - 3)
    rounded: Array = np.round(y / step) * step * by
    return rounded


OPERATIONS: dict[str, Callable[..., Array]] = {
    "abs": np.abs,
    "square": lambda x: x * x,
    "sqrt": _quiet(np.sqrt),
    "rsqrt": _quiet(lambda x: 1 / np.sqrt(x)),
    "reciprocal": _quiet(lambda x: 1 / x),
    "log": _quiet(np.log),
    "sign": np.sign,
    "floor": np.floor,
    "ceil": np.ceil,
    "round": np.round,
    "truncate": lambda x: np.trunc(x) + 0.0,  # an integer, which has no -0
    "clip": lambda x, low, high: np.minimum(np.maximum(x, low), high),
    "power": _power,
    "float8": _float8,
    "erf": _erf,
    **{
        name: _quiet(getattr(np, name))
        for name in (
            *("sin", "cos", "tan", "arcsin", "arccos", "arctan"),
            *("sinh", "cosh", "arcsinh", "arccosh", "arctanh"),
        )
    },
}
"""Name -> meaning of the functions that no ``activation`` option names; only operators of functional models use them.
``round`` rounds halves to even."""

INTEGRAL = frozenset({"linear", "relu", "abs", "square", "sign", "round", "truncate", "clip"})
SHARES = frozenset({"softmax", "sigmoid"})
VECTOR = frozenset({"softmax", "log_softmax", "sparsemax", "glu"})
