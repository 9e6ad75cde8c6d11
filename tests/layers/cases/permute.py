"""Cases of Permute."""

from . import case, cases, each

CASES = (
    case("Permute", (5,), dims=(1,)),
    *cases("Permute", (6, 3), options=each(dims=((2, 1), (1, 2)))),
    *cases("Permute", (2, 4, 3), options=each(dims=((3, 1, 2), (1, 3, 2), (2, 1, 3)))),
    case("Permute", (2, 2, 3, 2), dims=(4, 2, 1, 3)),
    case("Permute", (None, 4, 3), dims=(1, 3, 2)),
    case("Permute", (None, 3), dims=(2, 1), refused="length is not fixed"),
)
