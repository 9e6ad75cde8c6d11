"""Cases of ThresholdedReLU, Softmax, SpatialDropout2D, Activation, ReLU and more."""

from . import case, cases, each, each_function

BOTH = ("floats", "edges")

OFF = {
    "SpatialDropout1D": {"rate": 0.5},
    "Dropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 1.0},
    "GaussianDropout": {"rate": 0.5},
    "ActivityRegularization": {"l2": 0.1},
    "AlphaDropout": {"rate": 0.5},
}

RELU = (
    *each(max_value=(..., 0.0, 6.0)),
    *each(negative_slope=(0.2,)),
    *each(threshold=(1.0,)),
    {"max_value": 2.5, "negative_slope": 0.1},
    {"threshold": 0.5, "max_value": 3.0, "negative_slope": 0.3},
)

KINDS = each(activation=("glu", "log_softmax", "sparsemax"))

CASES = (
    *each_function("Activation", "activation", (40,), "edges"),
    *cases("Activation", (5,), (6, 3), (2, 4, 3), feeds=BOTH, activation="softmax"),
    *cases("Activation", (6,), (6, 4), (2, 4, 6), options=KINDS, feeds=BOTH, only="keras"),
    *cases("Activation", (6, 4), options=each(activation=("tanh", "linear")), feeds=["masked"]),
    *cases("ReLU", (40,), options=RELU, feeds=["edges"]),
    *cases("LeakyReLU", (40,), options=each(negative_slope=(..., 0.01)), feeds=["edges"]),
    *cases("ELU", (40,), options=each(alpha=(..., 0.3)), feeds=["edges"]),
    case("ThresholdedReLU", (40,), feed="edges", theta=1.0, only="tf_keras"),
    *cases("Softmax", (1,), (5,), axis=-1),
    *cases("Softmax", (6, 3), options=each(axis=(-2, -1, 1, 2))),
    *cases("Softmax", (2, 4, 3), options=each(axis=(1, 2))),
    case("Softmax", (1, 3), axis=1),
    # Of several axes Keras takes exp(x - logsumexp(x)), whose own rounding grows with x.
    *cases("Softmax", (6, 3), options=each(axis=([1, 2], [-1])), feeds=["gentle"]),
    *cases("Softmax", (2, 4, 3), options=each(axis=([2, 3], [1, -1], [2, 1])), feeds=["gentle"]),
    case("Softmax", (None, 4, 3), feed="gentle", axis=[2, 3]),
    case("Softmax", (None, 3), axis=[1, 2], refused="length is not fixed"),
    case("Softmax", (None, 3), axis=1, refused="length"),
    *(case(name, (6, 3), **options) for name, options in OFF.items()),
    *(case(name, (6, 3), feed="masked", rate=0.5) for name in ("Dropout", "SpatialDropout1D")),
    case("SpatialDropout2D", (2, 4, 3), rate=0.5),
)
