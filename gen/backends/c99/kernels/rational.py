"""tanh as a rational function, for cores with fast division: its constants (tools/fit_float32.py).

tanh x = 2 n d / (n^2 + d^2) with n = x P(x^2), d = Q(x^2) and n / d = tanh(x / 2), whose errors count less if tanh is
nearer to 1.
"""

from __future__ import annotations

P = (9.220754e-05, 0.024118148, 0.81074125)
Q = (1.97624e-06, 0.0019521322, 0.1833597, 1.6214825)
"""Coefficients from the highest powers on."""
MOST = 9.0
"""float32's tanh is 1 beyond this."""


def numerator(scale: float = 1.0) -> tuple[float, ...]:
    """P of tanh(scale x), scale a power of two."""
    return tuple(value * scale ** (5 - 2 * k) for k, value in enumerate(P))


def denominator(scale: float = 1.0) -> tuple[float, ...]:
    """Q of tanh(scale x)."""
    return tuple(value * scale ** (6 - 2 * k) for k, value in enumerate(Q))
