"""Cases of UpSampling2D, Resizing, CenterCrop, RandomCrop."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each

ADAPTED: tuple[tuple[str, tuple[int, ...], int | tuple[int, ...]], ...] = (
    ("Average", (7, 3), 3),
    ("Average", (7, 6, 3), (3, 2)),
    ("Average", (6, 4, 3), 2),
    ("Average", (3, 4, 5, 2), 2),
    ("Max", (7, 3), 3),
    ("Max", (7, 6, 3), (3, 4)),
    ("Max", (6, 4, 3), 2),
    ("Max", (3, 4, 5, 2), 2),
)
"""Adaptive pooling: what is taken, of which input, to which size."""


def _cases() -> Iterator[Case]:
    gentle, older = ("gentle",), {"feeds": ("gentle",), "only": "tf_keras"}
    direct, lanczos = ("bilinear", "bicubic"), ("lanczos3", "lanczos5")
    ways = each(size=((2, 4), (1, 2)), interpolation=direct)
    yield from cases("UpSampling2D", (4, 5, 3), options=ways, feeds=gentle)
    yield from cases("UpSampling2D", (4, 5, 3), size=2, options=each(interpolation=lanczos), feeds=gentle)
    rare = each(interpolation=("area", "gaussian", "mitchellcubic"))
    yield from cases("UpSampling2D", (4, 5, 3), size=2, options=rare, **older)
    yield from cases("UpSampling2D", (4, 5, 3), size=1, options=rare, **older)
    usual = each(interpolation=("nearest", *direct, "area", *lanczos))
    yield from cases("Resizing", (7, 6, 3), height=5, width=9, options=usual, feeds=gentle)
    yield from cases("Resizing", (7, 4, 2), (7, 6, 2), height=7, width=4, options=rare[1:], **older)
    smooth = each(interpolation=(*direct, "lanczos3"), antialias=(True,))
    yield from cases("Resizing", (9, 8, 2), height=4, width=9, options=smooth, feeds=gentle, only="keras")
    yield case("Resizing", (7, 5, 3), height=7, width=5)
    yield case("Resizing", (3, 8, 6), only="keras", height=4, width=12, data_format="channels_first")
    padding: dict[str, Any] = {"pad_to_aspect_ratio": True, "fill_value": 0.5, "fill_mode": "constant"}
    size: dict[str, Any] = {"height": 5, "width": 6, "feeds": gentle}
    pictures = ((7, 12, 2), (12, 7, 2), (7, 7, 2))
    yield from cases("Resizing", *pictures, **size, crop_to_aspect_ratio=True)
    yield from cases("Resizing", *pictures, **size, **padding, only="keras")
    yield case("Resizing", (None, 6, 2), height=5, width=6, refused="not fixed")
    sizes = [{"height": height, "width": width} for height, width in ((4, 3), (5, 6), (2, 9), (9, 8))]
    yield from cases("CenterCrop", (7, 6, 3), options=sizes, feeds=gentle)
    yield from cases("RandomCrop", (7, 6, 3), options=sizes, **older)
    yield case("CenterCrop", (3, 7, 6), only="keras", height=4, width=3, data_format="channels_first")
    yield case("RandomCrop", (7, 6, 3), only="keras", height=7, width=6, seed=4)
    yield case("RandomCrop", (7, 6, 3), only="keras", height=5, width=6, refused="promises pictures")
    for mode, shape, output_size in ADAPTED:
        name = f"Adaptive{mode}Pooling{len(shape) - 1}D"
        yield case(name, shape, feed="gentle", output_size=output_size, only="keras")


CASES = tuple(_cases())
