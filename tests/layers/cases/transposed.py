"""Cases of Conv1DTranspose, Conv2DTranspose, Conv3DTranspose."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each


def _cases() -> Iterator[Case]:
    kinds: tuple[dict[str, Any], ...] = (
        *each(strides=(..., 2), padding=(..., "same")),
        {"strides": 3, "padding": "same", "kernel_size": 2},
        {"strides": 3, "kernel_size": 2, "activation": "relu"},
        {"strides": 2, "padding": "same", "output_padding": 1},
        {"strides": 2, "padding": "valid", "output_padding": 0},
        {"padding": "same", "kernel_size": 4, "use_bias": False},
    )
    always: dict[str, Any] = {"filters": 4, "kernel_size": 3, "feeds": ["gentle"]}
    yield from cases("Conv1DTranspose", (5, 3), options=kinds, **always)
    uneven = {"strides": (2, 1), "kernel_size": (2, 3), "padding": "same"}
    yield from cases("Conv2DTranspose", (4, 5, 3), options=(*kinds, uneven), **always)
    yield case("Conv1DTranspose", (5, 3), feed="gentle", filters=4, kernel_size=3, activation="softmax")
    yield case("Conv3DTranspose", (2, 3, 4, 2), feed="gentle", filters=3, kernel_size=2, strides=2, padding="same")


CASES = tuple(_cases())
