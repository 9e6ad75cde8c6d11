"""float32w16: weights of matrices and tables as IEEE halves, everything else in float32."""

from __future__ import annotations

import numpy as np

from ..core.formats import Array
from .base import Numeric
from .rounding import Moments
from .storage import Storage

BITS = 11
"""Bits of a half's fraction, with the hidden one."""
LARGEST = 65504.0
"""The largest half."""
LEAST = 2.0**-10
"""The least value for the largest weight of a row or an input. If it is smaller, many weights are subnormal halves,
below 2^-14, which have fewer bits, and these are not small compared with the others."""
TOP = 14
"""The power of two of a row brings its largest weight between 2^14 and 2^15: others may be 2^28 times smaller."""
EXPONENTS = (-126, 127)
"""The least and the largest exponent of those powers, which are float32."""


class Halves(Storage):
    """IEEE 754's binary16, rounded to nearest, ties to even. Each row is divided by a power of two if the largest
    weight of some row is above the largest half, or that of some row or input is below 2^-10."""

    @property
    def relative(self) -> bool:
        return True

    @property
    def dtype(self) -> str:
        """The integer type that holds the bits of a half."""
        return "uint16"

    @property
    def code(self) -> str:
        return "e"

    def store(self, weights: Array, axis: int = 0) -> tuple[Array, Array | None]:
        """Bits of halves, in the shape of the weights, and the rows' powers of two; None if all are 1."""
        w = weights.astype(np.float64)
        exponents = self._exponents(w, axis)
        most = np.ldexp(2 - 2.0 ** (1 - BITS), EXPONENTS[1])
        halves = np.ldexp(np.clip(w, -most, most), -exponents).astype(np.float16)
        scales = np.ldexp(np.float32(1), np.squeeze(exponents, axis))
        return halves.view(np.uint16), scales if exponents.any() else None

    def rounded(self, weights: Array, axis: int = 0, moments: Moments | None = None) -> Array:
        """The weights as the nearest halves; the inputs' moments change nothing."""
        return self.meant(weights, axis)

    def meant(self, weights: Array, axis: int = 0) -> Array:
        values, scales = self.store(weights, axis)
        halves = values.view(np.float16).astype(np.float32)
        return halves if scales is None else np.asarray(halves * np.expand_dims(scales, axis))

    def size(self, shape: tuple[int, ...], axis: int = 0) -> int:
        """Bytes of weights of a shape, without scales: few matrices have them."""
        return 2 * int(np.prod(shape))

    def _exponents(self, weights: Array, axis: int) -> Array:
        """Exponents of the rows' powers of two, with length 1 along ``axis``. They follow from the rounded largest
        weights, so that weights that were rounded before are stored unchanged."""
        sizes = np.abs(weights)
        others = tuple(k for k in range(sizes.ndim) if k != axis)
        rows, inputs = (_rounded(sizes.max(axis=k, keepdims=True, initial=0.0)) for k in (axis, others))
        fits = np.all(rows <= LARGEST) and not any(np.any((tops > 0) & (tops < LEAST)) for tops in (rows, inputs))
        powers = np.clip(np.frexp(rows)[1] - 1 - TOP, *EXPONENTS)
        return np.where((rows == 0) | fits, 0, powers)


def _rounded(values: Array) -> Array:
    """Values rounded to the bits of a half's fraction."""
    fractions, exponents = np.frexp(values)
    return np.asarray(np.ldexp(np.round(np.ldexp(fractions, BITS)), exponents - BITS))


NUMERIC = Numeric(
    name="float32w16",
    dtype=np.dtype(np.float32),
    tolerance=0.005,
    rounding=1e-5,
    weights=Halves("float16", 16, group=0),
    summary="16-bit float weights, float32 arithmetic; no calibration",
)
"""The tolerance is for the distance from Keras, most of which comes from rounding weights to 11 bits."""
