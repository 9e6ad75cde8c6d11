"""Cases of Add."""

from . import case, cases

CLASSES = ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")

PAIRS = (
    *((shape, shape) for shape in ((5,), (6, 3), (2, 4, 3))),
    *(((6, 3), (1, 3)), ((6, 3), (6, 1)), ((1, 3), (6, 1))),
)

CASES = (
    *(each for name in CLASSES for each in cases(name, *PAIRS)),
    *(case(name, (6, 3), (3,), only="keras") for name in CLASSES),
    *(case(name, (3,), (6, 3), only="keras") for name in ("Add", "Subtract", "Maximum")),
    *(case(name, (1, 3), (3,), only="keras") for name in ("Average", "Subtract")),
    *(case(name, (6, 3), (6, 3), (6, 3)) for name in CLASSES if name != "Subtract"),
    *(case(name, (None, 3), (None, 3)) for name in ("Add", "Average")),
    *(case(name, (6, 3), (6, 3), feed="masked") for name in CLASSES),
    case("Add", (6, 3), (6, 3), (6, 3), feed="masked"),
)
