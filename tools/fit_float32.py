"""Derives the coefficients of the float32 approximations in ``kernels/plain/functions.mako``, and of the
rational tanh of ``kernels/rational.py``.

    python tools/fit_float32.py

Each polynomial nearly minimises the largest weighted error over its range: weighted least squares on many points,
the weights raised where the error is large until it is level (Lawson 1961). Coefficients are then rounded to float32
one after another, highest power first, the rest fitted again.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import erf, erfc
from typing import Any

import numpy as np

Array = Any
POINTS = 1001
ROUNDS = 100


@dataclass(frozen=True)
class Fit:
    """``target(x)`` as a polynomial in ``of(x)``; ``weight`` says how much an error at x matters."""

    low: float
    high: float
    degree: int
    of: Callable[[Array], Array]
    target: Callable[[Array], Array]
    weight: Callable[[Array], Array]


def lawson(fit: Fit, known: Mapping[int, float]) -> Array:
    """Coefficients, lowest power first; those in ``known`` are as they are."""
    # Chebyshev's points: dense at the ends, where the error of a best polynomial peaks.
    middle, half = (fit.low + fit.high) / 2, (fit.high - fit.low) / 2
    x = middle + half * np.cos(np.pi * (np.arange(POINTS) + 0.5) / POINTS)
    powers = np.vander(fit.of(x), fit.degree + 1, increasing=True)
    free = [k for k in range(fit.degree + 1) if k not in known]
    rest = fit.target(x) - sum(value * powers[:, k] for k, value in known.items())
    weight, scale = fit.weight(x), np.ones(POINTS)
    found = np.zeros(fit.degree + 1)
    for k, value in known.items():
        found[k] = value
    best, least = found, np.inf
    for _ in range(ROUNDS):
        by = weight * np.sqrt(scale)
        found = found.copy()
        found[free] = np.linalg.lstsq(powers[:, free] * by[:, None], rest * by, rcond=None)[0]
        error = np.abs(weight * (powers @ found - fit.target(x)))
        if error.max() < least:
            best, least = found, error.max()
        scale *= error / error.mean() + 1e-12
        scale /= scale.mean()
    return best


def rounded(fit: Fit) -> list[np.float32]:
    """Float32 coefficients, lowest power first."""
    known: dict[int, float] = {}
    for power in range(fit.degree, -1, -1):
        known[power] = float(np.float32(lawson(fit, known)[power]))
    return [np.float32(known[power]) for power in range(fit.degree + 1)]


def _erfcx(x: Array) -> Array:
    return np.array([erfc(v) * np.exp(v * v) for v in x])


FITS: Mapping[str, Fit] = {
    # e^r - 1 = r + r^2 p(r)
    "expm1": Fit(-0.3475, 0.3475, 4, lambda r: r, lambda r: (np.expm1(r) - r) / (r * r), lambda r: r * r),
    # artanh s = s + s q p(q), q = s^2
    "artanh": Fit(1e-3, 1 / 3, 3, lambda s: s * s, lambda s: (np.arctanh(s) - s) / s**3, lambda s: s**3),
    # erf x = x p(x^2)
    "erf_near": Fit(1e-3, 1.0, 5, lambda x: x * x, lambda x: np.array([erf(v) / v for v in x]), lambda x: x),
    # erfc x = e^(-x^2) p(1 / (1 + x / 2))
    "erf_far": Fit(1.0, 4.0, 5, lambda x: 1 / (1 + x / 2), _erfcx, lambda x: np.exp(-x * x)),
    # sin r = r + r s p(s), s = r^2
    "sin": Fit(1e-2, 0.7855, 2, lambda r: r * r, lambda r: (np.sin(r) - r) / r**3, lambda r: r**3),
    # cos r = 1 - s / 2 + s^2 p(s)
    "cos": Fit(5e-2, 0.7855, 2, lambda r: r * r, lambda r: (np.cos(r) - 1 + r * r / 2) / r**4, lambda r: r**4),
    # arctan a = a + a s p(s), s = a^2
    "arctan": Fit(1e-2, 0.4143, 3, lambda a: a * a, lambda a: (np.arctan(a) - a) / a**3, lambda a: a**3),
}


TANH = 9.0
"""Beyond, float32's tanh is 1."""
TANH_SCALE = 1.6214825324824231
"""What both polynomials are multiplied by: of 300 random factors, that whose roundings add up to least."""


def tanh_rational(low: int, high: int) -> tuple[Array, Array]:
    """Coefficients of P and Q, lowest powers first, with tanh x = 2 n d / (n^2 + d^2), n = x P(x^2), d = Q(x^2): by
    least squares on P - tanh(x / 2) Q / x, weighted by what an error there is worth, again by Lawson's weights."""
    t = np.cos(np.pi * (np.arange(400) + 0.5) / 800)
    x, u = TANH * t, t * t
    y = np.tanh(x / 2)
    worth = 2 * (1 - y * y) / (1 + y * y) ** 2
    weight, below, best, least = np.ones(400), np.ones(400), np.zeros(low + high + 1), np.inf
    for _ in range(300):
        by = np.sqrt(weight) / below * worth
        terms = [x * u**k * by for k in range(low + 1)] + [-y * u**k * by for k in range(1, high + 1)]
        matrix = np.stack(terms, 1)
        size = np.linalg.norm(matrix, axis=0)
        found = np.linalg.lstsq(matrix / size, y * by, rcond=None)[0] / size
        below = 1 + sum(found[low + k] * u**k for k in range(1, high + 1))
        ratio = x * sum(found[k] * u**k for k in range(low + 1)) / below
        error = np.abs(2 * ratio / (1 + ratio**2) - np.tanh(x))
        if error.max() < least:
            best, least = found, error.max()
        weight = weight * (error + 1e-13)
        weight = weight / weight.mean() + 1e-6
    p = [best[k] / TANH ** (2 * k) for k in range(low + 1)]
    q = [1.0] + [best[low + k] / TANH ** (2 * k) for k in range(1, high + 1)]
    return np.float32(np.multiply(p, TANH_SCALE)), np.float32(np.multiply(q, TANH_SCALE))


def main() -> None:
    for name, fit in FITS.items():
        print(f"{name}: {', '.join(f'{c!s}f' for c in reversed(rounded(fit)))}")
    for name, part in zip(("tanh P", "tanh Q"), tanh_rational(2, 3), strict=True):
        print(f"{name}: {', '.join(f'{c!s}f' for c in reversed(part))}")


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__).parse_args()
    main()
