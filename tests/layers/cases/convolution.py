"""Cases of Conv1D, Conv2D, Conv3D, DepthwiseConv1D, DepthwiseConv2D and more."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each, each_function, layer

GENTLE = ("gentle",)
"""Inputs whose sums do not cancel: what float32 rounds off them is no error of a kernel."""


def _cases() -> Iterator[Case]:
    one: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same", "causal"), dilation_rate=(..., 2)),
        *each(padding=("same", "causal"), strides=(2,)),
        {"padding": "same", "strides": 3, "kernel_size": 2},
        {"padding": "valid", "strides": 2, "kernel_size": 4},
        {"padding": "same", "kernel_size": 4},
        {"padding": "valid", "dilation_rate": 3},
        *({"kernel_size": 1, **walk} for walk in ({}, {"dilation_rate": 3}, {"strides": 2})),
        {"use_bias": False},
        {"activation": "softmax"},
    )
    yield from cases("Conv1D", (9, 3), options=one, feeds=GENTLE, filters=5, kernel_size=3)
    paddings = each(padding=("valid", "causal"))
    yield from cases("Conv1D", (9, 4), options=paddings, feeds=GENTLE, filters=6, kernel_size=3, groups=2)
    same = {"padding": "same", "feed": "gentle"}
    yield case("Conv1D", (9, 4), filters=8, kernel_size=3, groups=4, dilation_rate=2, **same)
    yield case("Conv1D", (30, 40), filters=17, kernel_size=5, **same)
    yield case("Conv1D", (6, 3), feed="masked", filters=4, kernel_size=3)
    yield case("Conv1D", (None, 3), filters=5, kernel_size=4, strides=2, refused="which is not fixed", **same)
    yield from each_function("Conv1D", "activation", (5, 3), "gentle", filters=3, kernel_size=2, padding="same")
    two: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same")),
        {"padding": "same", "strides": 2},
        {"padding": "same", "strides": (2, 1), "kernel_size": (2, 4)},
        {"strides": (1, 2), "kernel_size": (3, 1)},
        {"padding": "same", "kernel_size": (1, 5)},
        {"padding": "same", "dilation_rate": (2, 1)},
        {"dilation_rate": (1, 2)},
        {"dilation_rate": 2, "padding": "same"},
        {"kernel_size": 1},
        {"kernel_size": 1, "strides": 2, "activation": "relu"},
        {"activation": "relu", "use_bias": False},
        {"activation": "softmax"},
        {"filters": 17},
    )
    yield from cases("Conv2D", (7, 8, 3), options=two, feeds=GENTLE, filters=5, kernel_size=3)
    yield case("Conv2D", (6, 5, 4), filters=6, kernel_size=3, groups=2, **same)
    yield case("Conv2D", (6, 5, 4), feed="gentle", filters=4, kernel_size=(2, 3), groups=4, strides=2)
    yield case("Conv2D", (6, 5, 4), filters=6, kernel_size=3, groups=2, **same, dilation_rate=2)
    three = (*each(padding=(..., "same")), {"padding": "same", "strides": 2}, {"dilation_rate": (1, 2, 1)})
    yield from cases("Conv3D", (4, 5, 6, 2), options=three, feeds=GENTLE, filters=3, kernel_size=(2, 3, 3))
    yield from _depthwise_cases()


def _depthwise_cases() -> Iterator[Case]:
    options: tuple[dict[str, Any], ...] = (
        *each(padding=(..., "same")),
        {"padding": "same", "strides": 2, "depth_multiplier": 2},
        {"dilation_rate": 2, "padding": "same"},
        {"depth_multiplier": 3, "activation": "relu"},
        {"use_bias": False},
    )
    yield from cases("DepthwiseConv1D", (9, 3), options=options, feeds=GENTLE, kernel_size=3)
    yield from cases("DepthwiseConv2D", (7, 8, 3), options=options, feeds=GENTLE, kernel_size=3)
    yield from cases("SeparableConv1D", (9, 3), options=options, feeds=GENTLE, kernel_size=3, filters=5)
    yield from cases("SeparableConv2D", (7, 8, 3), options=options, feeds=GENTLE, kernel_size=(3, 2), filters=5)
    yield case("DepthwiseConv2D", (7, 8, 3), feed="gentle", kernel_size=3, strides=2, **options[3], only="keras")
    yield case("DepthwiseConv1D", (9, 1), feed="gentle", kernel_size=3, depth_multiplier=2)
    alone: dict[str, Any] = {"feed": "gentle", "kernel_size": 3, "filters": 5}
    yield case("SeparableConv1D", (9, 3), **alone, padding="causal", only="tf_keras")
    yield case("SeparableConv1D", (9, 3), **alone, activation="softmax")
    inner = layer("Conv1D", filters=4, kernel_size=3, padding="same")
    yield case("TimeDistributed", (3, 6, 2), feed="gentle", layer=inner)
    pictures = (layer("Conv2D", filters=4, kernel_size=3, strides=2), layer("DepthwiseConv2D", kernel_size=2))
    yield from cases("TimeDistributed", (3, 6, 5, 2), options=each(layer=pictures), feeds=GENTLE)


CASES = tuple(_cases())
