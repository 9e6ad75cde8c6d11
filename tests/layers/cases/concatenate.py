"""Cases of Concatenate."""

from . import case, cases, each

CASES = (
    *cases("Concatenate", ((5,), (2,)), ((6, 3), (6, 2)), ((None, 3), (None, 2)), axis=-1),
    *cases("Concatenate", ((5,), (2,), (1,)), ((6, 3), (4, 3)), ((2, 4, 3), (1, 4, 3)), axis=1),
    *cases("Concatenate", ((6, 3), (6, 2)), ((2, 4, 3), (2, 1, 3)), axis=2),
    case("Concatenate", (6, 3), (4, 3), (1, 3), axis=-2),
    *cases("Concatenate", ((6, 3), (6, 3)), options=each(axis=(-1, 1)), feeds=["masked"]),
)
