"""Cases of GlobalMaxPooling1D, TimeDistributed."""

from collections.abc import Iterator
from typing import Any

from . import Case, case, cases, each, layer


def _cases() -> Iterator[Case]:
    kinds: tuple[dict[str, Any], ...] = (
        *each(pool_size=(2, 3), padding=("same",)),
        {"pool_size": 2},
        {"pool_size": 3, "strides": 1, "padding": "same"},
        {"pool_size": 3, "strides": 2},
        {"pool_size": 2, "strides": 3, "padding": "same"},
    )
    for mode in ("Max", "Average"):
        yield from cases(f"{mode}Pooling1D", (7, 3), options=kinds)
        uneven: dict[str, Any] = {"pool_size": (3, 2), "strides": (1, 2), "padding": "same"}
        yield from cases(f"{mode}Pooling2D", (7, 6, 3), options=(*kinds, uneven))
        yield case(f"{mode}Pooling2D", (3, 7, 6), pool_size=2, data_format="channels_first", only="keras")
        yield case(f"{mode}Pooling1D", (3, 7), pool_size=2, data_format="channels_first", only="keras")
        yield case(f"{mode}Pooling1D", (6, 3), feed="masked", pool_size=2)
        uneven = {"pool_size": (1, 2, 3), "strides": 2, "padding": "same"}
        yield from cases(f"{mode}Pooling3D", (4, 5, 6, 2), options=({"pool_size": 2}, uneven))
        for rank, shape in ((1, (7, 3)), (2, (5, 6, 3)), (3, (3, 4, 5, 2))):
            options = (*each(keepdims=(..., True)), {"data_format": "channels_first"})
            yield from cases(f"Global{mode}Pooling{rank}D", shape, options=options)
        yield case("TimeDistributed", (3, 6, 5, 2), layer=layer(f"{mode}Pooling2D", pool_size=2))
        yield case("TimeDistributed", (3, 6, 2), layer=layer(f"Global{mode}Pooling1D"))
    yield case("GlobalMaxPooling1D", (6, 3), feed="masked")


CASES = tuple(_cases())
