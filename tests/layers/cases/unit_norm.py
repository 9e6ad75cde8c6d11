"""Cases of UnitNormalization."""

from . import case, cases, each

CASES = (
    *cases("UnitNormalization", (1,), (5,), axis=-1),
    case("UnitNormalization", (40,), axis=1),
    *cases("UnitNormalization", (6, 3), options=each(axis=(-1, 1, [1, 2], [-1]))),
    *cases("UnitNormalization", (2, 4, 3), options=each(axis=([-2, -1], [1, 3], 2))),
    case("UnitNormalization", (None, 3), axis=2),
    *cases("UnitNormalization", (6, 3), feeds=("masked", "edges")),
    case("UnitNormalization", (None, 3), axis=1, refused="not fixed"),
)
