"""Every operator that is read: calls of it, with values for each of its arguments. ``test_signatures`` shows that each
value changes Keras's result; ``operators`` makes models of the calls, for all that layers are held to."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from .signatures import Alone, In, Subject, With, X

P, Q = In((4, 6), "positive"), In((4, 6), "positive")
U = In((4, 6), "unit")
Y, Z = In((4, 6)), In((4, 1))
TRUTH, OTHER = In((4, 6), "truth"), In((4, 6), "truth")
WHOLE, COUNTS = In((4, 6), "int32"), In((4, 6), "int32")
EDGES, FAR, TOKENS = In((40,), "edges"), In((4, 6), "far"), In((5,), "tokens")
CUBE, SQUARE, BOX = In((2, 4, 6)), In((5, 5)), In((3, 4, 6))
PICTURE, CLIP = In((6, 7, 2)), In((32,))
GRID = np.arange(24, dtype=np.float32).reshape(4, 6) / 27 - 0.4
LINE = np.linspace(-1, 2, 6).astype(np.float32)
COLUMN = np.linspace(-1, 2.5, 4).astype(np.float32).reshape(4, 1)
TABLE = np.arange(25, dtype=np.float32).reshape(5, 5) / 9
TRAINED = np.random.default_rng(2).normal(size=(3, 3, 2, 4)).astype(np.float32)
MIXING = np.random.default_rng(3).normal(size=(1, 1, 8, 3)).astype(np.float32)
ALL = Alone(None)
"""Axes among which is that of the samples."""
AXIS = [
    1,
    2,
    -2,
    (1, 2),
    *(With(axes, {"x": In((2, 4, 6), "positive")}) for axes in (1, (1, 3), (2, 3), (1, 2, 3))),
    ALL,
]
UNSAVED = "Keras cannot save an array there"
NO_SPARSE = {"sparse": "a sparse tensor is no output of a model that is read"}
TYPE = {"dtype": "the same numbers in another type"}
Values = Mapping[str, Sequence[Any]]
WIDER: Values = {"x1": [With(In((1, 6)), {"x2": array}) for array in (GRID, COLUMN)], "x2": [GRID]}
"""Constants that are larger than the tensor."""


def by_value(names: str, tensor: In = X, other: Any = P, **values: Sequence[Any]) -> Iterator[Subject]:
    """Functions of one tensor."""
    for name in names.split():
        first = "variable" if name == "stop_gradient" else "x"
        still = {"x": "a part of real numbers is the same everywhere"} if name in ("angle", "imag") else {}
        yield Subject(name, {first: tensor}, {**({} if still else {first: [other]}), **values}, {**still, **TYPE})


def of_two(names: str, first: Any, second: Any, **values: Sequence[Any]) -> Iterator[Subject]:
    """Functions of two tensors, or of a tensor and a number or an array."""
    for name in names.split():
        yield Subject(name, {"x1": first, "x2": second}, values)


def along(names: str, tensor: In, *axes: Any, **values: Sequence[Any]) -> Iterator[Subject]:
    """Functions of axes."""
    for name in names.split():
        yield Subject(name, {"x": tensor, "axis": 1}, {"axis": axes, "keepdims": [True], **values}, TYPE)


def numbers() -> Iterator[Subject]:
    more = [GRID, GRID.reshape(1, 4, 6), With(LINE, {"x1": CUBE})]
    both: Values = {"x1": [Z, 1.5, LINE], "x2": [Z, -0.5, LINE, COLUMN, *more]}
    yield from of_two("add subtract multiply", X, Y, **both)
    yield from of_two("maximum minimum", X, Y, x1=[*both["x1"], *WIDER["x1"]], x2=both["x2"])
    yield from by_value("absolute copy negative stop_gradient conj conjugate fabs real imag")
    yield from of_two("fmax fmin", X, Y, x1=[Z], x2=[0.7])
    yield Subject("clip", {"x": X, "x_min": -0.5, "x_max": 0.5}, {"x": [P], "x_min": [0.1], "x_max": [0.2]})


def activations() -> Iterator[Subject]:
    yield from by_value("hard_sigmoid hard_silu hard_tanh log_sigmoid relu selu sigmoid silu softplus softsign tanh")
    yield from by_value("sparse_plus sparse_sigmoid tanh_shrink")
    yield from by_value("celu elu", alpha=[0.4])
    yield from by_value("gelu", approximate=[False])
    yield from by_value("leaky_relu", negative_slope=[0.4])
    yield from by_value("soft_shrink", threshold=[0.2])
    yield from by_value("squareplus", b=[1])
    yield from by_value("softmax log_softmax", axis=[1, -2, ALL])
    yield from by_value("glu", axis=[1, -2])


def waves() -> Iterator[Subject]:
    yield from by_value("arctan arcsinh", EDGES, U)
    yield from by_value("deg2rad rad2deg erf erfc exp2 sinh cosh", X, U)
    yield from by_value("tan", U, In((3, 6), "unit"))


def steep() -> Iterator[Subject]:
    """Near 0, or far from it."""
    yield from by_value("exp expm1 square")
    yield from of_two("logaddexp logaddexp2", X, Y, x1=[Z], x2=[0.7])
    yield from of_two("hypot", X, Y, x1=[Z], x2=[Z])
    yield from by_value("log log10 log1p log2 sqrt", P, In((4, 3), "positive"))


def coarse() -> Iterator[Subject]:
    """What integers of 16 bits have no form of."""
    yield from by_value("cos sin", EDGES, U)
    yield from by_value("arccos arcsin arctanh", U, In((3, 6), "unit"))
    yield from by_value("arccosh", In((4, 6), "beyond"), In((3, 6), "beyond"))
    yield from by_value("angle cbrt", X, U)
    yield from by_value("reciprocal rsqrt", P, In((4, 3), "positive"))
    yield from by_value("ceil floor sign trunc", EDGES, P)
    yield from by_value("round", EDGES, P, decimals=[Alone(1)])
    types = ["int32", "bool", Alone("int8"), Alone("float16")]
    yield Subject("cast", {"x": EDGES, "dtype": "float32"}, {"x": [P], "dtype": types})
    types = [
        "int32",
        "bool",
        *(With(name, {"x": FAR}) for name in ("uint8", "int8", "int16")),
        With("int8", {"x": TRUTH}),
    ]
    yield Subject("saturate_cast", {"x": EDGES, "dtype": "float32"}, {"x": [P], "dtype": types})
    ragged = {"ragged": "no file has ragged tensors"}
    yield Subject("convert_to_tensor", {"x": EDGES}, {"x": [P], "dtype": ["int32", "bool"]}, {**NO_SPARSE, **ragged})


def floats() -> Iterator[Subject]:
    """What no integers have a form of."""
    yield from of_two("add subtract multiply", X, Y, **WIDER)
    arrays = [LINE, COLUMN, GRID, GRID.reshape(1, 4, 6), Alone(LINE * (LINE > 0))]
    both: Values = {"x1": [Z, 1.5, LINE, *WIDER["x1"]], "x2": [Z, -0.5, *arrays]}
    yield from of_two("divide true_divide", X, Y, **both)
    powers = [2.0, 3.0, 0.5, -1.0, -1.5, 1.7, LINE]
    yield Subject("power", {"x1": P, "x2": Q}, {"x1": [2.0, LINE + 2, With(Z, {"x2": WHOLE})], "x2": powers})
    yield from of_two("floor_divide mod", X, P, x1=[3.0, WHOLE], x2=[0.7, LINE + 2])
    yield from of_two("arctan2", X, Y, x1=[Z], x2=[Alone(0.7), Z])
    yield from of_two("fmod", X, P, x1=[Z], x2=[1.3])
    yield from of_two("divide_no_nan", X, P, x1=[Z, 1.5], x2=[Alone(1.3), With(EDGES, {"x1": EDGES})])
    yield from by_value("sinc", X, U)


def masked() -> Iterator[Subject]:
    """Scores that a mask leaves out are far from all others."""
    data = {name: In((4, 2, 3)) for name in ("query", "key", "value")}
    more: Values = {
        "bias": [In((2, 4, 4))],
        "mask": [In((2, 4, 4), "mask"), np.tril(np.ones((1, 1, 4, 4), bool), 1)],
        "scale": [0.2],
        "is_causal": [True],
    }
    tried: Values = {**{name: [In((4, 2, 3), "positive")] for name in data}, **more}
    yield Subject("dot_product_attention", data, tried, {"attn_logits_soft_cap": "for JAX alone"})


def steps() -> Iterator[Subject]:
    """Functions that jump, on data at their jumps."""
    yield from by_value("relu6", EDGES, P)
    yield from by_value("hard_shrink", threshold=[0.2])
    base = {"x": X, "threshold": 0.1, "default_value": 0.5}
    yield Subject("threshold", base, {"x": [P], "threshold": [0.7], "default_value": [-3.0]})
    yield from by_value("sparsemax", axis=[1, -2])
    yield from by_value("signbit", X, In((3, 6)))
    near: Values = {"x1": [1.0, With(Z, {"x2": Y})], "x2": [0.5, 1, Alone(LINE, {"x1": X})]}
    yield from of_two("greater greater_equal less less_equal equal not_equal", EDGES, In((40,)), **near)
    yield from of_two("logical_and logical_or logical_xor", TRUTH, OTHER, x1=[X], x2=[X])
    yield Subject("logical_not", {"x": TRUTH}, {"x": [WHOLE]})
    chosen: Values = {"condition": [X, OTHER], "x1": [1.5, LINE, Z], "x2": [0.5, LINE]}
    yield Subject("where", {"condition": TRUTH, "x1": X, "x2": Y}, chosen)
    yield from of_two("heaviside", COUNTS, Y, x1=[X], x2=[In((4, 1))])
    wide = {"rtol": 2.0}
    close: Values = {"x1": [With(X, wide)], "x2": [With(0.2, wide), With(Y, wide)], "rtol": [2.0], "atol": [0.5]}
    no_nan = {"equal_nan": "no model gives NaN where it is right"}
    yield Subject("isclose", {"x1": In((4, 6), "near"), "x2": 0.1}, close, no_nan)
    yield Subject("digitize", {"x": X, "bins": np.array([-1.0, 0.0, 1.0])}, {"x": [P], "bins": [np.array([0.2, 0.4])]})


def reductions() -> Iterator[Subject]:
    yield from along("all", TRUTH, *AXIS, x=[In((3, 6), "int32")])
    yield from along("any", TRUTH, *AXIS, x=[In((3, 5), "truth")])
    yield from along("amax amin std sum var", X, *AXIS, x=[In((3, 6), "int32")])
    yield from along("mean", X, *AXIS, x=[P, Alone(In((3, 6), "int32"))])
    yield from along("max min", X, *AXIS, x=[P], initial=[0.5, -0.5])
    weights = [Alone(np.arange(4, dtype=np.float32))]
    yield Subject("average", {"x": X, "axis": 1}, {"x": [P], "axis": [2, -1, ALL], "weights": weights})
    yield Subject("moments", {"x": X, "axes": [1]}, {"x": [P], "axes": [[2], [1, 2]], "keepdims": [True]})
    orders: Values = {"order": [Alone(1), Alone(3)], "epsilon": [2.0]}
    yield Subject("normalize", {"x": X, "axis": 1}, {"x": [P], "axis": [-1, (1, 2), ALL], **orders})
    yield from along("logsumexp ptp", X, -1, (1, 2), ALL, x=[P, Alone(FAR)])
    yield from along("prod", X, -1, (1, 2), ALL, x=[P])
    yield from along("norm", X, -1, (1, 2), With((2, 3), {"x": CUBE}), x=[P], ord=[1, 2, 3, Alone(np.inf), Alone(0)])
    yield from along("argmax argmin", X, -1, ALL, x=[P, COUNTS])
    counted: Values = {"x": [In((4, 6), "tokens")], "axis": [-1, (1, 2), ALL]}
    yield Subject("count_nonzero", {"x": COUNTS, "axis": 1}, counted)
    yield Subject("cumsum", {"x": X, "axis": 1}, {"x": [P], "axis": [2, ALL]}, TYPE)
    yield Subject("diff", {"a": X}, {"a": [P], "n": [2], "axis": [1]})
    yield Subject("trapezoid", {"y": X}, {"y": [P], "dx": [0.5], "axis": [1]}, {"x": UNSAVED})


def shapes() -> Iterator[Subject]:
    yield Subject("reshape", {"x": X, "newshape": (-1, 24)}, {"x": [P], "newshape": [(-1, 6, 4), (-1, 2, 3, 4)]})
    turned = [(0, 2, 1), With((0, 3, 1, 2), {"x": CUBE}), Alone((1, 0, 2)), ALL]
    yield Subject("transpose", {"x": X, "axes": (0, 1, 2)}, {"x": [P], "axes": turned})
    two: Values = {"x": [In((2, 4, 5))], "axis1": [3, -1], "axis2": [3, 1]}
    yield Subject("swapaxes", {"x": CUBE, "axis1": 1, "axis2": 2}, two)
    ends: Values = {"x": [In((2, 4, 5))], "source": [3, -1], "destination": [3]}
    yield Subject("moveaxis", {"x": CUBE, "source": 1, "destination": 2}, ends)
    places = [2, -1, (1, 2), (1, 3), (-1, -2), (-1, 1), Alone(0)]
    yield Subject("expand_dims", {"x": X, "axis": 1}, {"x": [P], "axis": places})
    yield Subject("squeeze", {"x": In((1, 4, 1))}, {"x": [In((1, 5, 1))], "axis": [1, -1]})
    yield Subject("flip", {"x": X, "axis": 1}, {"x": [P], "axis": [2, (1, 2), ALL]})
    yield from by_value("fliplr ones_like zeros_like", X, In((3, 2)))
    yield Subject("full_like", {"x": X, "fill_value": 2.0}, {"x": [In((3, 2))], "fill_value": [1.5]}, TYPE)
    rolled = [2, With((1, 2), {"shift": (1, 3)}), ALL]
    yield Subject("roll", {"x": X, "shift": 1, "axis": 1}, {"x": [P], "shift": [-2, 7], "axis": rolled})
    square: dict[str, Any] = {"x": SQUARE, "axis1": 1, "axis2": 2}
    inner = {"x": BOX, "axis1": 2, "axis2": 3}
    parts: Values = {"offset": [1, With(-1, inner)], "axis1": [Alone(0)], "axis2": [Alone(0)]}
    for name in ("diagonal", "trace"):
        yield Subject(name, square, {"x": [In((4, 5))], **parts})
    yield from by_value("tril triu", SQUARE, In((4, 6)), k=[1, -1])
    for name, data in (("depth_to_space", In((2, 3, 8))), ("space_to_depth", In((4, 6, 8)))):
        first = With("channels_first", {"x": In((4, 6, 8))})
        size = With(4, {"x": In((2, 3, 16))}) if name == "depth_to_space" else With(3, {"x": In((6, 6, 2))})
        values: Values = {"x": [In((6, 6, 8))], "data_format": [first], "block_size": [size]}
        yield Subject(name, {"x": data, "block_size": 2}, values)


def parts() -> Iterator[Subject]:
    yield Subject("concatenate", {"xs": [X, Y], "axis": 1}, {"xs": [[Y, X, P]], "axis": [2, -1, Alone(0)]})
    yield Subject("stack", {"x": [X, Y], "axis": 1}, {"x": [[X, Y, P]], "axis": [-1, 2, Alone(0)]})
    yield Subject("append", {"x1": X, "x2": Y, "axis": 1}, {"x1": [P], "x2": [In((3, 6))], "axis": [2, ALL]})
    yield Subject("hstack", {"xs": [X, Y]}, {"xs": [[X, In((3, 6))], [CLIP, CLIP]]})
    yield Subject("dstack", {"xs": [X, Y]}, {"xs": [[X, In((4, 2))], [CLIP, CLIP]]})
    cut: Values = {"x": [P], "indices_or_sections": [4, [1], [1, 3]], "axis": [2, -1]}
    yield Subject("split", {"x": X, "indices_or_sections": 2, "axis": 1}, cut)
    equal: Values = {"x": [P], "indices_or_sections": [3, 4], "axis": [2, Alone(0)]}
    yield Subject("array_split", {"x": X, "indices_or_sections": 2, "axis": 1}, equal)
    for name, data, other in (("hsplit", X, P), ("dsplit", CUBE, In((3, 4, 6)))):
        yield Subject(name, {"x": data, "indices_or_sections": 2}, {"x": [other], "indices_or_sections": [4, [1, 3]]})
    apart: Values = {"x": [In((5, 4))], "axis": [2], "num": [ALL]}
    yield Subject("unstack", {"x": SQUARE, "num": 5, "axis": 1}, apart)
    places = [2, np.array([3, 1, 0]), Alone(np.array([-1])), np.array([[0, 1], [3, 2]])]
    yield Subject(
        "take", {"x": X, "indices": np.array([0, 2]), "axis": 1}, {"x": [P], "indices": places, "axis": [2, ALL]}
    )
    often: Values = {"x": [P], "repeats": [3, Alone([1, 2, 1, 2])], "axis": [2, ALL]}
    yield Subject("repeat", {"x": X, "repeats": 2, "axis": 1}, often)
    yield Subject("tile", {"x": X, "repeats": (1, 2, 1)}, {"x": [P], "repeats": [(1, 1, 3), 2]})
    around: Values = {
        "pad_width": [((0, 0), (2, 1), (0, 0))],
        "mode": [Alone("reflect"), Alone("symmetric")],
        "constant_values": [Alone(1.5)],
    }
    yield Subject("pad", {"x": X, "pad_width": ((0, 0), (1, 0), (0, 2))}, {"x": [P], **around})
    steps = [np.s_[:, 0, :], np.s_[:, 2:], np.s_[:, :-1], np.s_[:, ::2], np.s_[:, ::-1], np.s_[:, 3:1:-2]]
    inner = [np.s_[:, :, 1], np.s_[..., 0], np.s_[..., None], np.s_[:, None], np.s_[:, 1:4, ::2], np.s_[:, -2:, 3]]
    whole = With(np.s_[:, 1, 1:3, 0], {"x": CUBE})
    yield Subject("get_item", {"x": X, "key": np.s_[:, -1]}, {"x": [P], "key": [*steps, *inner, whole]})
    sliced: Values = {
        "start_indices": [(0, 0, 1)],
        "shape": [(-1, 3, 2), With((-1, 4, -1), {"start_indices": (0, 0, 1)}), Alone((2, 2, 2))],
    }
    yield Subject("slice", {"inputs": X, "start_indices": (0, 1, 2), "shape": (-1, 2, 3)}, {"inputs": [P], **sliced})
    hot = {"num_classes": 6}
    yield Subject(
        "one_hot",
        {"x": TOKENS, **hot},
        {"x": [In((4,), "tokens")], "num_classes": [9], "axis": [1]},
        {**NO_SPARSE, **TYPE},
    )
    yield Subject(
        "multi_hot",
        {"inputs": TOKENS, **hot},
        {"inputs": [In((3,), "tokens")], "num_classes": [9], "axis": [Alone(1)]},
        {**NO_SPARSE, **TYPE, "kwargs": "an old name of num_classes"},
    )


def products() -> Iterator[Subject]:
    ones, eye = np.ones((6, 3), np.float32), np.eye(6, 2, dtype=np.float32)
    two: Values = {"x1": [In((3, 6))], "x2": [In((6, 2)), ones, With(In((2, 6, 4)), {"x1": CUBE})]}
    yield Subject("matmul", {"x1": X, "x2": In((6, 3))}, two)
    yield Subject("dot", {"x1": X, "x2": ones}, {"x1": [P], "x2": [eye, Alone(2.0)]})
    cube = np.linspace(-1, 1, 50, dtype=np.float32).reshape(5, 5, 2)
    both = With([[1, 2], [0, 1]], {"x2": cube})
    axes = [2, [[1], [0]], [[2], [1]], 0, both]
    base = {"x1": SQUARE, "x2": TABLE, "axes": 1}
    yield Subject("tensordot", base, {"x1": [In((3, 5))], "x2": [TABLE.T], "axes": axes})
    heads = [In((6, 2, 4)), In((5, 2, 4))]
    more: Mapping[str, list[Any]] = {
        "bij,jk->bki": [X, ones],
        "bij,jk->bk": [X, ones],
        "bij,bkj->bki": [X, In((5, 6))],
        "bij,bkj->bik": [X, In((5, 6))],
        "bij,ijk->bk": [X, np.linspace(-1, 1, 72, dtype=np.float32).reshape(4, 6, 3)],
        "bij,ik->bkj": [X, COLUMN @ LINE[None, :2]],
        "bqhd,bkhd->bhqk": heads,
        "bhqk,bkhd->bqhd": [In((2, 6, 5)), heads[1]],
    }
    words = [With(key, {"operands": operands}) for key, operands in more.items()]
    yield Subject(
        "einsum",
        {"subscripts": "bij,jk->bik", "operands": [X, ones]},
        {"subscripts": words, "operands": [[X, eye]]},
        {"kwargs": "for the backend, and kept in no file"},
    )


def windows() -> Iterator[Subject]:
    first = Alone("channels_first", {"inputs": In((2, 6, 7))})
    other: Values = {"inputs": [In((5, 7, 2))], "data_format": [first]}
    for mode in ("average", "max"):
        sizes: Values = {"pool_size": [3, (1, 2), With(3, {"inputs": In((9, 4))})], "strides": [1], "padding": ["same"]}
        yield Subject(f"{mode}_pool", {"inputs": PICTURE, "pool_size": 2}, {**other, **sizes})
        base = {"inputs": PICTURE, "output_size": (2, 2)}
        yield Subject(f"adaptive_{mode}_pool", base, {**other, "output_size": [(3, 3), (1, 2), (2, 7)]})
    walk: Values = {**other, "strides": [2], "padding": ["same"], "dilation_rate": [2]}
    line = With(TRAINED[:, 0], {"inputs": In((9, 2))})
    yield Subject("conv", {"inputs": PICTURE, "kernel": TRAINED}, {**walk, "kernel": [TRAINED[:2, :, :, :1], line]})
    yield Subject("depthwise_conv", {"inputs": PICTURE, "kernel": TRAINED}, {**walk, "kernel": [TRAINED[:2, :2]]})
    kernels = {"depthwise_kernel": TRAINED, "pointwise_kernel": MIXING}
    fewer: Values = {"depthwise_kernel": [TRAINED[:2]], "pointwise_kernel": [MIXING[..., :1]]}
    yield Subject("separable_conv", {"inputs": PICTURE, **kernels}, {**walk, **fewer})
    yield Subject("rfft", {"x": CLIP}, {"x": [In((20,)), In((3, 12))], "fft_length": [16, 40]})
    yield Subject(
        "stft",
        {"x": CLIP, "sequence_length": 8, "sequence_stride": 4, "fft_length": 8, "window": None},
        {"x": [In((24,))], "sequence_stride": [3], "fft_length": [16], "center": [False]},
        {"window": UNSAVED + ", and words ask for SciPy", "sequence_length": "of the window, of which there is none"},
    )


SECTIONS = (
    *(numbers, activations, waves, steep, coarse, steps),
    *(reductions, shapes, parts, products, windows, floats, masked),
)
SUBJECTS = {section.__name__: tuple(section()) for section in SECTIONS}
