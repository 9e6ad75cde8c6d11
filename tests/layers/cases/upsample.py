"""Cases of UpSampling2D, UpSampling3D, UpSampling1D."""

from . import case, cases, each

CASES = (
    *cases("UpSampling1D", (5, 3), options=each(size=(1, 2, 3))),
    *cases("UpSampling2D", (4, 5, 3), options=each(size=(2, (1, 3), (3, 2)))),
    case("UpSampling2D", (3, 4, 5), size=(3, 2), data_format="channels_first"),
    case("UpSampling3D", (2, 3, 4, 2), size=(1, 2, 3)),
    case("UpSampling1D", (6, 3), feed="masked"),
)
