"""Cases of BatchNormalization, Rescaling, Normalization."""

from typing import Any

from . import case, cases, each

INVERTED = each(invert=(..., True))

THREE = {"mean": [1.0, 2.0, 0.0], "variance": [1.0, 4.0, 0.25]}

STATISTICS: tuple[tuple[tuple[int, ...], dict[str, Any]], ...] = (
    ((5,), {"axis": -1, "mean": [1.0, 2.0, 0.0, -1.0, 0.5], "variance": [1.0, 4.0, 0.25, 0.0, 2.0]}),
    ((6, 3), {"axis": -1, **THREE}),
    ((6, 3), {"axis": (1, 2), **THREE}),
    ((3, 2), {"axis": 1, **THREE}),
    ((6, 3), {"axis": None, "mean": 0.5, "variance": 4.0}),
    (
        (6, 2),
        {"axis": (1, 2), "mean": [[0.1 * k, -k] for k in range(6)], "variance": [[0.5 + k, 1.0] for k in range(6)]},
    ),
    (
        (3, 2),
        {
            "axis": (-1, 1),
            "mean": [[1.0, 2.0], [0.0, -1.0], [0.5, 3.0]],
            "variance": [[1.0, 4.0], [0.25, 1.0], [2.0, 0.5]],
        },
    ),
)

FACTORS: tuple[dict[str, Any], ...] = (
    *each(scale=(1.0, 0.5)),
    {"scale": 0.5, "offset": -1.0},
    {"scale": [1.0, 2.0, 3.0, 4.0, 5.0], "offset": [0.0, 1.0, 0.0, -1.0, 0.5]},
)

CASES = (
    *cases("BatchNormalization", (6, 3), options=(*each(center=(..., False), scale=(..., False)), {"epsilon": 0.1})),
    *cases("BatchNormalization", (5,), (2, 4, 3), (None, 3), axis=-1),
    *cases("BatchNormalization", (6, 3), options=each(axis=(1, 2))),
    case("BatchNormalization", (2, 4, 3), axis=2),
    case("BatchNormalization", (6, 3), feed="masked"),
    case("BatchNormalization", (6, 3), renorm=True, only="tf_keras"),
    *(one for shape, options in STATISTICS for one in cases("Normalization", shape, **options, options=INVERTED)),
    *cases("Rescaling", (5,), (6, 5), options=FACTORS),
)
