"""Cases of LayerNormalization, RMSNormalization, GroupNormalization, SpectralNormalization."""

from . import case, cases, each, layer

SCALED = (*each(center=(..., False), scale=(..., False)), {"epsilon": 0.1})

GROUPS = (
    *each(groups=(-1, 1, 2, 4)),
    {"groups": 2, "center": False, "epsilon": 0.1},
    {"groups": 2, "scale": False},
    {"groups": 3, "axis": 1},
)

CASES = (
    *cases("LayerNormalization", (6, 3), options=SCALED),
    case("LayerNormalization", (5,), axis=-1),
    case("LayerNormalization", (None, 3), axis=2),
    *cases("LayerNormalization", (6, 3), options=each(axis=(1, [1, 2]))),
    *cases("LayerNormalization", (2, 4, 3), options=each(axis=([-1], [-2, -1], 1, [1, 3], [2], [3, 2]))),
    case("LayerNormalization", (6, 3), rms_scaling=True, only="keras"),
    *cases("LayerNormalization", (6, 3), options=each(axis=(..., 1)), feeds=["masked"]),
    *cases("RMSNormalization", (5,), (6, 3), axis=-1, only="keras"),
    case("RMSNormalization", (6, 3), axis=[1, 2], epsilon=0.1, only="keras"),
    case("RMSNormalization", (2, 4, 3), axis=[2, 3], only="keras"),
    case("RMSNormalization", (None, 3), axis=2, only="keras"),
    case("RMSNormalization", (6, 3), feed="masked", only="keras"),
    *cases("GroupNormalization", (6, 4), options=GROUPS),
    *cases("GroupNormalization", (4,), (3, 2, 4), groups=2),
    case("GroupNormalization", (4, 3, 2), groups=2, axis=1),
    case("GroupNormalization", (6, 4), groups=2, feed="masked", only="keras"),
    case("GroupNormalization", (None, 4), groups=2, refused="not fixed"),
    *(
        case("SpectralNormalization", shape, layer=inner, only="keras", feed="gentle")
        for shape, inner in (
            ((6, 3), layer("Dense", units=4, activation="tanh")),
            ((6, 3), layer("Conv1D", filters=4, kernel_size=3)),
            ((6, 5, 2), layer("Conv2D", filters=4, kernel_size=2, use_bias=False)),
        )
    ),
    case("LayerNormalization", (None, 3), axis=1, center=False, scale=False, refused="not fixed"),
)
