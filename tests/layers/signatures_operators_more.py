"""Operators that the first table does not hold: angles and logarithms, parts, windows, spectra."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from .signatures import In, Subject, With, X

P, U = In((4, 6), "positive"), In((4, 6), "unit")
Y, COUNTS = In((4, 6)), In((4, 6), "int32")
CUBE, SQUARE = In((3, 4, 6)), In((5, 5))
PICTURE, CLIP = In((6, 7, 2)), In((32,))
TRAINED = np.random.default_rng(2).normal(size=(3, 3, 2, 4)).astype(np.float32)
UNSAVED = "Keras cannot save an array there"
NO_SPARSE = {"sparse": "a sparse tensor is no output of a model that is read"}
TYPE = {"dtype": "the same numbers in another type"}
ANGLES = (
    "angle",
    "arcsinh",
    "arctan",
    "cos",
    "deg2rad",
    "erf",
    "erfc",
    "exp2",
    "rad2deg",
    "sin",
    "sinc",
    "sinh",
    "tan",
)
OTHERS = ("cbrt", "conj", "conjugate", "cosh", "fabs", "imag", "real")
AXES = {"axis": [1, -1, (1, 2), None], "keepdims": [True]}


def plain(name: str, given: In = X, other: In = P, /, **values: Any) -> Subject:
    still = {"x": "an angle or a part of real numbers is the same everywhere"} if name in ("angle", "imag") else {}
    return Subject(name, {"x": given}, {**({} if still else {"x": [other]}), **values}, still)


def pair(name: str, first: In = X, second: In = Y, other: Any = 0.7) -> Subject:
    return Subject(name, {"x1": first, "x2": second}, {"x1": [In((4, 1))], "x2": [other]})


def by_value() -> Iterator[Subject]:
    yield from (plain(name, X, U) for name in (*ANGLES, *OTHERS))
    yield from (plain(name, U, In((3, 6), "unit")) for name in ("arccos", "arcsin", "arctanh"))
    yield Subject("arccosh", {"x": In((4, 6), "beyond")}, {"x": [In((3, 6), "beyond")]})
    yield from map(pair, ("arctan2", "fmax", "fmin", "logaddexp", "logaddexp2"))
    yield pair("hypot", X, Y, In((4, 1)))
    yield plain("signbit", X, In((3, 6)))
    yield from (pair(name, X, P, 1.3) for name in ("divide_no_nan", "fmod"))
    yield Subject("heaviside", {"x1": COUNTS, "x2": Y}, {"x1": [X], "x2": [In((4, 1))]})
    wide = {"rtol": 2.0}
    yield Subject(
        "isclose",
        {"x1": In((4, 6), "near"), "x2": 0.1},
        {"x1": [With(X, wide)], "x2": [With(0.2, wide)], "rtol": [2.0], "atol": [0.5]},
        {"equal_nan": "no model gives NaN where it is right"},
    )
    yield Subject("full_like", {"x": X, "fill_value": 2.0}, {"x": [In((3, 2))], "fill_value": [1.5]}, TYPE)
    yield Subject("digitize", {"x": X, "bins": np.array([-1.0, 0.0, 1.0])}, {"x": [P], "bins": [np.array([0.2, 0.4])]})
    yield Subject("logsumexp", {"x": X, "axis": 1}, {"x": [P], **AXES, "axis": [-1, None]})
    yield Subject("prod", {"x": X, "axis": 1}, {"x": [P], **AXES, "axis": [-1, None]}, TYPE)
    yield Subject("ptp", {"x": X, "axis": 1}, {"x": [P], **AXES, "axis": [-1, None]})
    yield Subject("norm", {"x": X, "axis": 1}, {"x": [P], **AXES, "axis": [-1, (1, 2)], "ord": [1, 3, np.inf, 0]})
    yield Subject("count_nonzero", {"x": COUNTS, "axis": 1}, {"x": [In((4, 6), "tokens")], "axis": [-1, (1, 2), None]})
    for name in ("argmax", "argmin"):
        yield Subject(name, {"x": X, "axis": 1}, {"x": [P], "axis": [-1, None], "keepdims": [True]})


def moving() -> Iterator[Subject]:
    yield Subject("append", {"x1": X, "x2": Y, "axis": 1}, {"x1": [P], "x2": [In((3, 6))], "axis": [2, None]})
    yield Subject("roll", {"x": X, "shift": 1, "axis": 1}, {"x": [P], "shift": [-2], "axis": [2, None]})
    yield Subject("cumsum", {"x": X, "axis": 1}, {"x": [P], "axis": [2, None]}, TYPE)
    yield Subject("diff", {"a": X}, {"a": [P], "n": [2], "axis": [1]})
    square = {"x": In((5, 5)), "axis1": 1, "axis2": 2}
    for name in ("diagonal", "trace"):
        yield Subject(name, square, {"x": [In((4, 5))], "offset": [1], "axis1": [0], "axis2": [0]})
    for name in ("tril", "triu"):
        yield Subject(name, {"x": SQUARE}, {"x": [In((4, 6))], "k": [1, -1]})
    yield Subject("fliplr", {"x": X}, {"x": [P]})
    parts = {"indices_or_sections": [4, [1, 3]]}
    equal = {"indices_or_sections": [3, 4]}
    yield Subject("array_split", {"x": X, "indices_or_sections": 2, "axis": 1}, {"x": [P], **equal, "axis": [2, 0]})
    yield Subject("hsplit", {"x": X, "indices_or_sections": 2}, {"x": [P], **parts})
    yield Subject("dsplit", {"x": CUBE, "indices_or_sections": 2}, {"x": [In((2, 4, 6))], **parts})
    yield Subject("hstack", {"xs": [X, Y]}, {"xs": [[X, In((3, 6))]]})
    yield Subject("dstack", {"xs": [X, Y]}, {"xs": [[X, In((4, 2))]]})
    yield Subject("unstack", {"x": SQUARE, "num": 5, "axis": 1}, {"x": [In((5, 4))], "axis": [2], "num": [None]})
    yield Subject("trapezoid", {"y": X}, {"y": [P], "dx": [0.5], "axis": [1]}, {"x": UNSAVED})
    tokens = In((5,), "tokens")
    yield Subject(
        "one_hot",
        {"x": tokens, "num_classes": 6},
        {"x": [In((4,), "tokens")], "num_classes": [9], "axis": [1]},
        {**NO_SPARSE, **TYPE},
    )
    yield Subject(
        "multi_hot",
        {"inputs": tokens, "num_classes": 6},
        {"inputs": [In((3,), "tokens")], "num_classes": [9], "axis": [1]},
        {**NO_SPARSE, **TYPE, "kwargs": "an old name of num_classes"},
    )
    first = With("channels_first", {"x": In((4, 6, 8))})
    values: dict[str, Any] = {"x": [In((6, 6, 8))], "data_format": [first]}
    four, three = With(4, {"x": In((2, 3, 16))}), With(3, {"x": In((6, 6, 2))})
    yield Subject("depth_to_space", {"x": In((2, 3, 8)), "block_size": 2}, {**values, "block_size": [four]})
    yield Subject("space_to_depth", {"x": In((4, 6, 8)), "block_size": 2}, {**values, "block_size": [three]})


def windows() -> Iterator[Subject]:
    first = With("channels_first", {"inputs": In((2, 6, 7))})
    for mode in ("average", "max"):
        yield Subject(
            f"{mode}_pool",
            {"inputs": PICTURE, "pool_size": 2},
            {
                "inputs": [In((5, 7, 2))],
                "pool_size": [3, (1, 2)],
                "strides": [1],
                "padding": ["same"],
                "data_format": [first],
            },
        )
        yield Subject(
            f"adaptive_{mode}_pool",
            {"inputs": PICTURE, "output_size": (2, 2)},
            {"inputs": [In((5, 7, 2))], "output_size": [(3, 3), (1, 2)], "data_format": [first]},
        )
    walk: dict[str, Any] = {
        "inputs": [In((5, 7, 2))],
        "strides": [2],
        "padding": ["same"],
        "dilation_rate": [2],
        "data_format": [first],
    }
    yield Subject("conv", {"inputs": PICTURE, "kernel": TRAINED}, {**walk, "kernel": [TRAINED[:2, :, :, :1]]})
    yield Subject("depthwise_conv", {"inputs": PICTURE, "kernel": TRAINED}, {**walk, "kernel": [TRAINED[:2, :2]]})
    yield Subject(
        "separable_conv",
        {"inputs": PICTURE, "depthwise_kernel": TRAINED, "pointwise_kernel": MIXING},
        {**walk, "depthwise_kernel": [TRAINED[:2]], "pointwise_kernel": [MIXING[..., :1]]},
    )
    heads = {name: In((4, 2, 3)) for name in ("query", "key", "value")}
    yield Subject(
        "dot_product_attention",
        heads,
        {
            **{name: [In((4, 2, 3), "positive")] for name in heads},
            "bias": [In((2, 4, 4))],
            "mask": [In((2, 4, 4), "mask")],
            "scale": [0.2],
            "is_causal": [True],
        },
        {"attn_logits_soft_cap": "for JAX alone"},
    )
    yield Subject("rfft", {"x": CLIP}, {"x": [In((20,))], "fft_length": [16, 40]})
    yield Subject(
        "stft",
        {"x": CLIP, "sequence_length": 8, "sequence_stride": 4, "fft_length": 8, "window": None},
        {"x": [In((24,))], "sequence_stride": [3], "fft_length": [16], "center": [False]},
        {"window": UNSAVED + ", and words ask for SciPy", "sequence_length": "of the window, of which there is none"},
    )


MIXING = np.random.default_rng(3).normal(size=(1, 1, 8, 3)).astype(np.float32)
MORE = (*by_value(), *moving(), *windows())
