"""Cases of Flatten, Reshape."""

from . import case, cases, each

CASES = (
    *cases("Flatten", (5,), (6, 3), (2, 4, 3), options=each(data_format=(..., "channels_first"))),
    case("Flatten", (6, 1), feed="masked"),
    *cases("Reshape", (6, 3), options=each(target_shape=((3, 6), (18,), (-1,), (-1, 2), (2, -1, 3)))),
    *cases("Reshape", (12,), options=each(target_shape=((4, 3), (12,)))),
    case("Reshape", (6, 4), target_shape=(6, 2, 2)),
    case("Reshape", (2, 3, 4), target_shape=(6, 4)),
    case("Reshape", (6, 3), feed="masked", target_shape=(6, 3)),
)
