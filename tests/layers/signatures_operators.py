"""Every operator that is read: a call of it, and values for each of its arguments."""

from typing import Any

import numpy as np

from .signatures import In, Subject, X

P = In((4, 6), "positive")
Q = In((4, 6), "positive")
Y, Z = In((4, 6)), In((4, 1))
TRUTH, OTHER = In((4, 6), "truth"), In((4, 6), "truth")
WHOLE, COUNTS = In((4, 6), "int32"), In((4, 6), "int32")
CUBE = In((2, 4, 6))
LINE = np.linspace(-1, 2, 6).astype(np.float32)
SQUARE = np.arange(25, dtype=np.float32).reshape(5, 5) / 9
COLUMN = np.linspace(-1, 2, 4).astype(np.float32).reshape(4, 1)
AXIS = [1, 2, -2, (1, 2), None]
ODD = {"x": [P, WHOLE]}

UNARY = (
    *("absolute", "ceil", "copy", "exp", "expm1", "floor", "hard_sigmoid", "hard_silu", "hard_tanh", "log_sigmoid"),
    *("negative", "relu", "relu6", "selu", "sigmoid", "sign", "silu", "softplus", "softsign", "sparse_plus"),
    *(
        "sparse_sigmoid",
        "square",
        "stop_gradient",
        "tanh",
        "tanh_shrink",
        "trunc",
    ),
)
POSITIVE = ("log", "log10", "log1p", "log2", "reciprocal", "rsqrt", "sqrt")
BINARY = (
    *("add", "subtract", "multiply", "divide", "true_divide", "maximum", "minimum"),
    *("greater", "greater_equal", "less", "less_equal"),
)
REDUCED = ("all", "any", "amax", "amin", "mean", "std", "sum", "var")


def unary(name: str, given: In = X, other: Any = P) -> Subject:
    first = "variable" if name == "stop_gradient" else "x"
    return Subject(name, {first: given}, {first: [other]}, {"dtype": "ones and zeros are the same in every type"})


def binary(name: str, first: In = X, second: In = Y) -> Subject:
    return Subject(name, {"x1": first, "x2": second}, {"x1": [Z, 1.5, LINE], "x2": [Z, -0.5, LINE, COLUMN]})


def reduced(name: str) -> Subject:
    given = TRUTH if name in ("all", "any") else X
    values: dict[str, Any] = {
        "x": [In((3, 6), "truth" if name == "any" else "int32")],
        "axis": AXIS,
        "keepdims": [True],
    }
    return Subject(name, {"x": given, "axis": -1}, values)


SUBJECTS = (
    *map(unary, UNARY),
    unary("zeros_like", other=In((3, 2))),
    unary("ones_like", other=In((3, 2))),
    *(unary(name, P, In((4, 3), "positive")) for name in POSITIVE),
    *map(binary, BINARY),
    *(
        Subject(n, {"x1": WHOLE, "x2": COUNTS}, {"x1": [In((4, 1), "int32"), 1], "x2": [2]})
        for n in ("equal", "not_equal")
    ),
    *(
        Subject(n, {"x1": TRUTH, "x2": OTHER}, {"x1": [X], "x2": [X]})
        for n in ("logical_and", "logical_or", "logical_xor")
    ),
    Subject("logical_not", {"x": TRUTH}, {"x": [WHOLE]}),
    Subject("power", {"x1": P, "x2": Q}, {"x1": [2.0, LINE + 2], "x2": [2.0, 0.5, -1.0, 1.7, LINE]}),
    Subject("floor_divide", {"x1": X, "x2": P}, {"x1": [3.0, WHOLE], "x2": [0.7, LINE + 2]}),
    Subject("mod", {"x1": X, "x2": P}, {"x1": [3.0, WHOLE], "x2": [0.7, LINE + 2]}),
    *map(reduced, REDUCED),
    *(
        Subject(n, {"x": X, "axis": 1}, {"x": [P], "axis": AXIS, "keepdims": [True], "initial": [0.5, -0.5]})
        for n in ("max", "min")
    ),
    Subject(
        "average", {"x": X, "axis": 1}, {"x": [P], "axis": [2, -1, None], "weights": [np.arange(4, dtype=np.float32)]}
    ),
    Subject("moments", {"x": X, "axes": [1]}, {"x": [P], "axes": [[2], [1, 2]], "keepdims": [True]}),
    Subject(
        "normalize",
        {"x": X},
        {"x": [P], "axis": [1, (1, 2), None], "order": [1, 3], "epsilon": [2.0]},
    ),
    *(
        Subject(n, {"x": X}, {"x": [P], "axis": [1, -2, *extra]})
        for n, extra in (("softmax", (None,)), ("log_softmax", (None,)), ("sparsemax", ()))
    ),
    Subject("glu", {"x": X}, {"x": [P], "axis": [1, -2]}),
    Subject("celu", {"x": X}, {"x": [P], "alpha": [0.4]}),
    Subject("elu", {"x": X}, {"x": [P], "alpha": [0.4]}),
    Subject("gelu", {"x": X}, {"x": [P], "approximate": [False]}),
    Subject("leaky_relu", {"x": X}, {"x": [P], "negative_slope": [0.4]}),
    Subject("soft_shrink", {"x": X}, {"x": [P], "threshold": [0.2]}),
    Subject("hard_shrink", {"x": X}, {"x": [P], "threshold": [0.2]}),
    Subject("squareplus", {"x": X}, {"x": [P], "b": [1]}),
    Subject(
        "threshold",
        {"x": X, "threshold": 0.1, "default_value": 0.5},
        {"x": [P], "threshold": [0.7], "default_value": [-3.0]},
    ),
    Subject("round", {"x": X}, {"x": [P], "decimals": [1]}),
    Subject("clip", {"x": X, "x_min": -0.5, "x_max": 0.5}, {"x": [P], "x_min": [0.1], "x_max": [0.2]}),
    Subject(
        "where",
        {"condition": TRUTH, "x1": X, "x2": Y},
        {"condition": [X, OTHER], "x1": [1.5, LINE, Z], "x2": [0.5, LINE]},
    ),
    Subject("cast", {"x": X, "dtype": "float32"}, {"x": [P], "dtype": ["int32", "bool", "int8", "float16"]}),
    Subject("saturate_cast", {"x": X, "dtype": "float32"}, {"x": [P], "dtype": ["int32", "uint8", "bool"]}),
    Subject(
        "convert_to_tensor",
        {"x": X},
        {"x": [P], "dtype": ["int32"]},
        {"sparse": "no file has sparse tensors", "ragged": "no file has ragged tensors"},
    ),
    Subject("reshape", {"x": X, "newshape": (-1, 24)}, {"x": [P], "newshape": [(-1, 6, 4), (-1, 2, 12)]}),
    Subject("transpose", {"x": X, "axes": (0, 1, 2)}, {"x": [P], "axes": [(0, 2, 1), (1, 0, 2), None]}),
    Subject("swapaxes", {"x": CUBE, "axis1": 1, "axis2": 2}, {"x": [In((2, 4, 5))], "axis1": [3, -1], "axis2": [3, 1]}),
    Subject(
        "moveaxis",
        {"x": CUBE, "source": 1, "destination": 2},
        {"x": [In((2, 4, 5))], "source": [3, (1, 2)][:1], "destination": [3]},
    ),
    Subject("expand_dims", {"x": X, "axis": 1}, {"x": [P], "axis": [2, -1, (1, 2), 0]}),
    Subject("squeeze", {"x": In((1, 4, 1))}, {"x": [In((1, 5, 1))], "axis": [1, -1]}),
    Subject("concatenate", {"xs": [X, Y], "axis": 1}, {"xs": [[Y, X, P]], "axis": [2, -1, 0]}),
    Subject("stack", {"x": [X, Y], "axis": 1}, {"x": [[X, Y, P]], "axis": [-1, 2, 0]}),
    Subject(
        "split",
        {"x": X, "indices_or_sections": 2, "axis": 1},
        {"x": [P], "indices_or_sections": [4, [1], [1, 3]], "axis": [2, -1, 0][:2]},
    ),
    Subject(
        "take",
        {"x": X, "indices": np.array([0, 2]), "axis": 1},
        {"x": [P], "indices": [np.array([3, 1, 0]), np.array([-1]), np.array([[0, 1]])], "axis": [2, None]},
    ),
    Subject("flip", {"x": X, "axis": 1}, {"x": [P], "axis": [2, (1, 2), None]}),
    Subject("repeat", {"x": X, "repeats": 2, "axis": 1}, {"x": [P], "repeats": [3, [1, 2, 1, 2]], "axis": [2, None]}),
    Subject("tile", {"x": X, "repeats": (1, 2, 1)}, {"x": [P], "repeats": [(1, 1, 3), 2]}),
    Subject(
        "pad",
        {"x": X, "pad_width": ((0, 0), (1, 0), (0, 2))},
        {
            "x": [P],
            "pad_width": [((0, 0), (2, 1), (0, 0))],
            "mode": ["reflect", "symmetric"],
            "constant_values": [1.5],
        },
    ),
    Subject(
        "get_item",
        {"x": X, "key": (slice(None), 1)},
        {"x": [P], "key": [(slice(None), slice(1, None, 2)), (slice(None), Ellipsis, -1), (slice(None), None)]},
    ),
    Subject(
        "slice",
        {"inputs": X, "start_indices": (0, 1, 2), "shape": (-1, 2, 3)},
        {"inputs": [P], "start_indices": [(0, 0, 1)], "shape": [(-1, 3, 2), (2, 2, 2)]},
    ),
    Subject(
        "matmul", {"x1": X, "x2": In((6, 3))}, {"x1": [In((3, 6))], "x2": [In((6, 2)), np.ones((6, 3), np.float32)]}
    ),
    Subject(
        "dot", {"x1": X, "x2": np.ones((6, 3), np.float32)}, {"x1": [P], "x2": [np.eye(6, 2, dtype=np.float32), 2.0]}
    ),
    Subject(
        "tensordot",
        {"x1": In((5, 5)), "x2": SQUARE, "axes": 1},
        {"x1": [In((3, 5))], "x2": [SQUARE.T], "axes": [2, [[1], [0]], [[2], [1]], 0]},
    ),
    Subject(
        "einsum",
        {"subscripts": "bij,jk->bik", "operands": [X, np.ones((6, 3), np.float32)]},
        {
            "subscripts": ["bij,jk->bki", "bij,jk->bk"],
            "operands": [[X, np.eye(6, 2, dtype=np.float32)]],
        },
        {"kwargs": "for the backend, and kept in no file"},
    ),
)
