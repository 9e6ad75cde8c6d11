"""Resize: each output along an axis is a mixture of a few inputs: interpolation, and means over unequal cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from ..core.graph import Array, Op, Shape, count, known
from .base import cast
from .cases import Case, case


@dataclass(frozen=True, eq=False)
class Resize(Op):
    """Core (n, rest) -> (outputs, rest): the sum over k of ``weights[j, k] x[places[j, k]]``.

    Args:
        places: (outputs, taps), int32.
        weights: (outputs, taps), 0 where fewer are wanted.
    """

    kind: ClassVar[str] = "resize"

    places: Array
    weights: Array

    def shapes(self, *inputs: Shape) -> tuple[Shape, ...]:
        return ((len(self.places), *inputs[0][1:]),)

    def apply(self, *inputs: Array) -> tuple[Array, ...]:
        x = inputs[0]
        spread = cast(self.weights, x).reshape(*self.weights.shape, *(1,) * (x.ndim - 2))
        return ((x[:, self.places] * spread).sum(axis=2),)

    def macs(self, *inputs: Shape) -> int:
        rest = inputs[0][1:]
        return self.places.size * count(rest) if known(rest) else 0


def _cases() -> Iterator[Case]:
    for interpolation in ("bilinear", "bicubic"):
        yield case("UpSampling2D", (4, 5, 3), feed="gentle", size=(2, 4), interpolation=interpolation)
        yield case("UpSampling2D", (4, 5, 3), feed="gentle", size=(1, 2), interpolation=interpolation)
    yield case("UpSampling2D", (4, 5, 3), feed="gentle", size=2, interpolation="lanczos3", refused="interpolates by")
    yield case("AdaptiveAveragePooling1D", (7, 3), feed="gentle", output_size=3, only="keras")
    yield case("AdaptiveAveragePooling2D", (7, 6, 3), feed="gentle", output_size=(3, 2), only="keras")
    yield case("AdaptiveAveragePooling2D", (6, 4, 3), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveAveragePooling3D", (3, 4, 5, 2), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveMaxPooling2D", (6, 4, 3), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveMaxPooling1D", (7, 3), feed="gentle", output_size=3, only="keras")
    yield case("AdaptiveMaxPooling2D", (7, 6, 3), feed="gentle", output_size=(3, 4), only="keras")
    yield case("AdaptiveMaxPooling3D", (3, 4, 5, 2), feed="gentle", output_size=2, only="keras")


CASES = tuple(_cases())
