"""Cases of ConvLSTM1D, ConvLSTM2D, ConvLSTM3D, Bidirectional."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each, layer


def _cases() -> Iterator[Case]:
    options: tuple[dict[str, Any], ...] = (
        *each(return_sequences=(..., True)),
        {"return_state": True},
        {"go_backwards": True, "return_sequences": True},
        *({"padding": "same", **walk} for walk in ({"strides": 2}, {"dilation_rate": 2})),
        {"use_bias": False, "recurrent_activation": "sigmoid"},
        {"activation": "relu", "padding": "same"},
        {"stateful": True},
    )
    yield from cases("ConvLSTM1D", (4, 7, 2), feeds=["gentle"], filters=3, kernel_size=3, options=options)
    yield from cases("ConvLSTM2D", (3, 5, 6, 2), feeds=["gentle"], filters=3, kernel_size=(2, 3), options=options)
    yield case("ConvLSTM2D", (3, 5, 6, 2), feed="gentle", filters=9, kernel_size=2, padding="same")
    yield case("ConvLSTM3D", (2, 3, 4, 3, 1), feed="gentle", filters=2, kernel_size=2, padding="same")
    both = layer("ConvLSTM2D", filters=3, kernel_size=2, padding="same", return_sequences=True)
    yield case("Bidirectional", (3, 5, 6, 2), feed="gentle", layer=both)


CASES = tuple(_cases())
