"""Cases of Dense, EinsumDense."""

from . import case, cases, each, each_function

CASES = (
    *cases("Dense", (3,), options=each(units=(1, 5, 8, 17, 100))),
    *cases("Dense", (3,), units=5, use_bias=False, options=each(activation=("linear", "relu"))),
    *cases("Dense", (6, 3), (None, 3), (2, 4, 3), (2, 2, 2, 3), units=5, activation="tanh"),
    *each_function("Dense", "activation", (6,), "edges", units=9),
    *cases("Dense", (3,), (6, 3), (2, 4, 3), units=5, activation="softmax"),
    *cases("Dense", (6, 3), units=6, options=each(activation=("glu", "log_softmax", "sparsemax")), only="keras"),
    case("Dense", (6, 3), units=5, activation="relu", feed="masked"),
    *(
        case("EinsumDense", (6, 3), equation=equation, output_shape=output_shape, **options)
        for equation, output_shape, options in (
            ("abc,cd->abd", (None, 5), {"bias_axes": "d", "activation": "tanh"}),
            ("...x,xy->...y", 5, {"bias_axes": "y"}),
            ("abc,bcd->ad", (5,), {}),
            ("abc,cde->abde", (6, 2, 4), {"bias_axes": "de", "activation": "relu"}),
            ("abc,bd->adc", (5, 3), {"bias_axes": "dc"}),
            ("abc,cd->adb", (5, 6), {"bias_axes": "d", "activation": "softmax"}),
        )
    ),
    case("EinsumDense", (6, 3), equation="abc,bc->abc", output_shape=(6, 3)),
    case("EinsumDense", (6, 3), equation="abc,bcd->abd", output_shape=(6, 4), refused="a matrix of its own"),
)
