"""Cases of ZeroPadding3D, Cropping3D, ZeroPadding1D, TimeDistributed."""

from collections.abc import Iterator

from . import Case, case, cases, each, layer


def _cases() -> Iterator[Case]:
    uneven = ((0, 1), (2, 0))
    for name, word in (("ZeroPadding", "padding"), ("Cropping", "cropping")):
        yield from cases(f"{name}1D", (5, 3), options=each(**{word: (1, (2, 0), (0, 3))}))
        yield from cases(f"{name}2D", (5, 6, 3), options=each(**{word: (1, (1, 2), uneven)}))
        yield case(f"{name}2D", (3, 5, 6), **{word: uneven}, data_format="channels_first")
    yield case("ZeroPadding3D", (2, 3, 4, 2), padding=(*uneven, (1, 1)))
    yield case("Cropping3D", (4, 3, 4, 2), cropping=(*uneven, (1, 1)))
    yield case("ZeroPadding1D", (6, 3), feed="masked")
    yield case("TimeDistributed", (3, 6, 5, 2), layer=layer("ZeroPadding2D"))


CASES = tuple(_cases())
