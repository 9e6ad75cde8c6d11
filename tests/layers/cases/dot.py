"""Cases of Dot."""

from . import case, cases, each

NORMALIZED = each(normalize=(False, True))

CASES = (
    *cases("Dot", ((5,), (5,)), ((6, 3), (6, 3)), options=each(axes=(1, -1), normalize=(False, True))),
    *cases("Dot", ((6, 3), (6, 3)), axes=2, options=NORMALIZED),
    *cases("Dot", ((6, 3), (3, 4)), ((6, 3), (3,)), axes=(2, 1), options=NORMALIZED),
    *cases("Dot", ((3,), (6, 3)), ((4, 3), (5, 4)), axes=(1, 2), options=NORMALIZED),
    case("Dot", (None, 3), (None, 3), axes=2, refused="not fixed"),
)
