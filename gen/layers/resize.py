"""Resize: each output along an axis is a mixture of a few inputs: interpolation, and means over unequal cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

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
    for interpolation in ("lanczos3", "lanczos5"):
        yield case("UpSampling2D", (4, 5, 3), feed="gentle", size=2, interpolation=interpolation)
    for interpolation in ("area", "gaussian", "mitchellcubic"):
        yield case("UpSampling2D", (4, 5, 3), only="tf_keras", feed="gentle", size=2, interpolation=interpolation)
    for interpolation in ("nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5"):
        yield case("Resizing", (7, 6, 3), feed="gentle", height=5, width=9, interpolation=interpolation)
    for interpolation in ("gaussian", "mitchellcubic"):
        size: dict[str, Any] = {"height": 7, "width": 4}
        yield case("Resizing", (7, 6, 2), only="tf_keras", feed="gentle", **size, interpolation=interpolation)
    for interpolation in ("bilinear", "bicubic", "lanczos3"):
        options: dict[str, Any] = {"interpolation": interpolation, "antialias": True}
        yield case("Resizing", (9, 8, 2), only="keras", feed="gentle", height=4, width=9, **options)
    yield case("Resizing", (7, 5, 3), height=7, width=5)
    yield case("Resizing", (3, 8, 6), only="keras", height=4, width=12, data_format="channels_first")
    for shape in ((7, 12, 2), (12, 7, 2), (7, 7, 2)):
        yield case("Resizing", shape, feed="gentle", height=5, width=6, crop_to_aspect_ratio=True)
        padding: dict[str, Any] = {"pad_to_aspect_ratio": True, "fill_value": 0.5, "fill_mode": "constant"}
        yield case("Resizing", shape, only="keras", feed="gentle", height=5, width=6, **padding)
    yield case("Resizing", (None, 6, 2), height=5, width=6, refused="not fixed")
    for height, width in ((4, 3), (5, 6), (2, 9), (9, 8)):
        yield case("CenterCrop", (7, 6, 3), feed="gentle", height=height, width=width)
        yield case("RandomCrop", (7, 6, 3), only="tf_keras", feed="gentle", height=height, width=width)
    yield case("CenterCrop", (3, 7, 6), only="keras", height=4, width=3, data_format="channels_first")
    yield case("RandomCrop", (7, 6, 3), only="keras", height=7, width=6, seed=4)
    yield case("RandomCrop", (7, 6, 3), only="keras", height=5, width=6, refused="promises pictures")
    yield case("AdaptiveAveragePooling1D", (7, 3), feed="gentle", output_size=3, only="keras")
    yield case("AdaptiveAveragePooling2D", (7, 6, 3), feed="gentle", output_size=(3, 2), only="keras")
    yield case("AdaptiveAveragePooling2D", (6, 4, 3), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveAveragePooling3D", (3, 4, 5, 2), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveMaxPooling2D", (6, 4, 3), feed="gentle", output_size=2, only="keras")
    yield case("AdaptiveMaxPooling1D", (7, 3), feed="gentle", output_size=3, only="keras")
    yield case("AdaptiveMaxPooling2D", (7, 6, 3), feed="gentle", output_size=(3, 4), only="keras")
    yield case("AdaptiveMaxPooling3D", (3, 4, 5, 2), feed="gentle", output_size=2, only="keras")


CASES = tuple(_cases())
