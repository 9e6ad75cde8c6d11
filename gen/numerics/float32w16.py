"""float32w16: weights of matrices and tables as IEEE halves, everything else in float32."""

from __future__ import annotations

import numpy as np

from ..core.formats import Array
from .base import Numeric
from .rounding import Moments
from .storage import Storage

BITS = 11
"""Of a half's fraction, the hidden one too."""
LARGEST = 65504.0
"""The largest half."""
LEAST = 2.0**-10
"""Of a row's and of an input's largest weight: where it is smaller, halves below 2^-14, of which bits are lost, are not
few and small beside the others."""
TOP = 14
"""A row that has a power of two keeps its largest weight between 2^14 and 2^15: others may be 2^28 times smaller."""
EXPONENTS = (-126, 127)
"""Of those powers, which are float32."""


class Halves(Storage):
    """IEEE 754's binary16, to the nearest, ties to even. Where a matrix has a row whose largest weight is beyond the
    largest half or below 2^-10, or an input whose largest weight is, each row is divided by a power of two."""

    @property
    def relative(self) -> bool:
        return True

    @property
    def dtype(self) -> str:
        """The bits of a half."""
        return "uint16"

    @property
    def code(self) -> str:
        return "e"

    def store(self, weights: Array, axis: int = 0) -> tuple[Array, Array | None]:
        """Bits of halves, in the shape of the weights, and the rows' powers of two; None where all are 1."""
        w = weights.astype(np.float64)
        exponents = self._exponents(w, axis)
        most = np.ldexp(2 - 2.0 ** (1 - BITS), EXPONENTS[1])
        halves = np.ldexp(np.clip(w, -most, most), -exponents).astype(np.float16)
        scales = np.ldexp(np.float32(1), np.squeeze(exponents, axis))
        return halves.view(np.uint16), scales if exponents.any() else None

    def rounded(self, weights: Array, axis: int = 0, moments: Moments | None = None) -> Array:
        """What weights are to be: each the nearest half; what they are multiplied with changes nothing."""
        del moments
        return self.meant(weights, axis)

    def meant(self, weights: Array, axis: int = 0) -> Array:
        values, scales = self.store(weights, axis)
        halves = values.view(np.float16).astype(np.float32)
        return halves if scales is None else np.asarray(halves * np.expand_dims(scales, axis))

    def size(self, shape: tuple[int, ...], axis: int = 0) -> int:
        """Bytes of weights of a shape; without scales, which few matrices have."""
        del axis
        return 2 * int(np.prod(shape))

    def _exponents(self, weights: Array, axis: int) -> Array:
        """Of the powers of two of rows, with one place along ``axis``. They follow from what the largest weights are
        once they are rounded, so that what is meant is stored as itself."""
        sizes = np.abs(weights)
        others = tuple(k for k in range(sizes.ndim) if k != axis)
        rows, inputs = (_rounded(sizes.max(axis=k, keepdims=True, initial=0.0)) for k in (axis, others))
        fits = np.all(rows <= LARGEST) and not any(np.any((tops > 0) & (tops < LEAST)) for tops in (rows, inputs))
        powers = np.clip(np.frexp(rows)[1] - 1 - TOP, *EXPONENTS)
        return np.where((rows == 0) | fits, 0, powers)


def _rounded(values: Array) -> Array:
    """To as many bits as halves have."""
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
"""The tolerance is for the distance from Keras, most of which is what rounding weights to 11 bits does to a model."""
