"""TensorFlow's operators as tf.keras names them in a model, by the names and parameters of Keras 3's.

Sources: tf_keras 2.21 ``tf_keras/src/layers/core/tf_op_layer.py`` (names are those of TensorFlow's public functions),
TensorFlow 2.21 ``python/ops/{math,array,nn}_ops.py`` (their parameters).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..dialect import refusals
from ..dialect.arguments import Arguments
from ..dialect.site import Site

Parameters = tuple[str, ...]
BOTH: Parameters = ("x:x1", "y:x2")
AXES: Parameters = ("input_tensor:x", "axis", "keepdims", "name")
FUNCTIONS: Mapping[str, tuple[str, Parameters]] = {
    **{
        f"{room}.{word}": (name, BOTH)
        for words, name in (
            (("add",), "Add"),
            (("sub", "subtract"), "Subtract"),
            (("mul", "multiply"), "Multiply"),
            (("truediv", "divide", "div"), "TrueDivide"),
            (("pow",), "Power"),
            (("maximum",), "Maximum"),
            (("minimum",), "Minimum"),
            (("greater", "gt"), "Greater"),
            (("greater_equal", "ge"), "GreaterEqual"),
            (("less", "lt"), "Less"),
            (("less_equal", "le"), "LessEqual"),
            (("equal", "eq"), "Equal"),
            (("not_equal", "ne"), "NotEqual"),
            (("logical_and",), "LogicalAnd"),
            (("logical_or",), "LogicalOr"),
            (("logical_xor",), "LogicalXor"),
            (("squared_difference",), "SquaredDifference"),
            (("floordiv", "floor_div"), "FloorDivide"),
            (("mod", "floormod"), "Mod"),
        )
        for word in words
        for room in ("math", "__operators__")
    },
    "__operators__.matmul": ("Matmul", BOTH),
    "floor_div": ("FloorDivide", BOTH),
    "__operators__.neg": ("Negative", ("x",)),
    "__operators__.abs": ("Absolute", ("x",)),
    "__operators__.getitem": ("GetItem", ("tensor:x", "slice_spec:key")),
    **{
        f"math.{word}": (name, ("x",))
        for word, name in (
            ("abs", "Absolute"),
            ("square", "Square"),
            ("sqrt", "Sqrt"),
            ("rsqrt", "Rsqrt"),
            ("reciprocal", "Reciprocal"),
            ("log", "Log"),
            ("exp", "Exp"),
            ("sign", "Sign"),
            ("floor", "Floor"),
            ("ceil", "Ceil"),
            ("round", "Round"),
            ("negative", "Negative"),
            ("tanh", "Tanh"),
            ("sigmoid", "Sigmoid"),
            ("softplus", "Softplus"),
            ("logical_not", "LogicalNot"),
            ("log1p", "Log1p"),
            ("expm1", "Expm1"),
            *((word, word.title()) for word in ("sin", "cos", "tan", "sinh", "cosh", "erf", "erfc")),
            *((f"a{word}", f"Arc{word}") for word in ("sin", "cos", "tan", "sinh", "cosh", "tanh")),
        )
    },
    **{
        f"math.reduce_{word}": (name, AXES)
        for word, name in (
            ("mean", "Mean"),
            ("sum", "Sum"),
            ("max", "Max"),
            ("min", "Min"),
            ("any", "Any"),
            ("all", "All"),
            ("variance", "Var"),
            ("std", "Std"),
        )
    },
    **{
        f"math.{word}": (name, ("input:x",))
        for word, name in (("real", "Real"), ("imag", "Imag"), ("conj", "Conj"), ("angle", "Angle"))
    },
    "abs": ("Absolute", ("x",)),
    "math.atan2": ("Arctan2", ("y:x1", "x:x2")),
    "math.divide_no_nan": ("DivideNoNan", BOTH),
    "math.reduce_logsumexp": ("Logsumexp", AXES),
    "math.reduce_prod": ("Prod", AXES),
    "math.cumsum": ("Cumsum", ("x", "axis")),
    **{f"math.arg{word}": (f"Arg{word}", ("input:x", "axis", "output_type:dtype")) for word in ("max", "min")},
    "one_hot": ("OneHot", ("indices:x", "depth:num_classes", "on_value", "off_value", "axis", "dtype")),
    "linalg.norm": ("Norm", ("tensor:x", "ord", "axis", "keepdims")),
    "norm": ("Norm", ("tensor:x", "ord", "axis", "keepdims")),
    "roll": ("Roll", ("input:x", "shift", "axis")),
    "unstack": ("Unstack", ("value:x", "num", "axis")),
    "signal.stft": ("SignalSTFT", ("signals", "frame_length", "frame_step", "fft_length", "window_fn", "pad_end")),
    "math.l2_normalize": ("Normalize", ("x", "axis", "epsilon")),
    "linalg.l2_normalize": ("Normalize", ("x", "axis", "epsilon")),
    "nn.relu": ("Relu", ("features:x",)),
    "nn.relu6": ("Relu6", ("features:x",)),
    "nn.elu": ("Elu", ("features:x",)),
    "nn.selu": ("Selu", ("features:x",)),
    "nn.silu": ("Silu", ("features:x",)),
    "nn.swish": ("Silu", ("features:x",)),
    "nn.gelu": ("Gelu", ("features:x", "approximate")),
    "nn.leaky_relu": ("LeakyRelu", ("features:x", "alpha:negative_slope")),
    "nn.softsign": ("Softsign", ("features:x",)),
    "nn.softmax": ("Softmax", ("logits:x", "axis")),
    "nn.log_softmax": ("LogSoftmax", ("logits:x", "axis")),
    "nn.bias_add": ("Add", ("value:x1", "bias:x2")),
    **{
        f"{room}fake_quant_with_min_max_{ends}": ("FakeQuant", ("inputs:x", "min", "max", "num_bits", "narrow_range"))
        for room in ("quantization.", "")
        for ends in ("args", "vars")
    },
    "clip_by_value": ("Clip", ("t:x", "clip_value_min:x_min", "clip_value_max:x_max")),
    "where": ("Where", ("condition", "x:x1", "y:x2")),
    "zeros_like": ("ZerosLike", ("input:x", "dtype")),
    "ones_like": ("OnesLike", ("input:x", "dtype")),
    "slice": ("Slice", ("input_:inputs", "begin:start_indices", "size:shape")),
    "cast": ("Cast", ("x", "dtype")),
    "identity": ("Identity", ("input:x",)),
    "stop_gradient": ("StopGradient", ("input:x",)),
    "convert_to_tensor": ("ConvertToTensor", ("value:x",)),
    "math.add_n": ("AddN", ("inputs:xs",)),
    "concat": ("Concatenate", ("values:xs", "axis")),
    "stack": ("Stack", ("values:x", "axis")),
    "split": ("Split", ("value:x", "num_or_size_splits:sizes", "axis")),
    "reshape": ("Reshape", ("tensor:x", "shape:newshape")),
    "transpose": ("Transpose", ("a:x", "perm:axes")),
    "expand_dims": ("ExpandDims", ("input:x", "axis")),
    "squeeze": ("Squeeze", ("input:x", "axis")),
    "reverse": ("Flip", ("tensor:x", "axis")),
    "repeat": ("Repeat", ("input:x", "repeats", "axis")),
    "tile": ("Tile", ("input:x", "multiples:repeats")),
    "pad": ("Pad", ("tensor:x", "paddings:pad_width", "mode", "constant_values")),
    "gather": ("Take", ("params:x", "indices", "validate_indices", "axis")),
    "linalg.matmul": ("Matmul", ("a:x1", "b:x2", "transpose_a", "transpose_b")),
    "tensordot": ("Tensordot", ("a:x1", "b:x2", "axes")),
}
"""Public function -> Keras 3's operator, and its parameters in order: TensorFlow's name, behind a colon Keras 3's."""


def function(config: Mapping[str, Any], given: Arguments, site: Site) -> tuple[str, dict[str, Any]]:
    """Of a TFOpLambda or SlicingOpLambda: Keras 3's operator, and its arguments.

    Raises:
        UnsupportedError: it has none.
    """
    word = str(config.get("function", "")).removeprefix("compat.v1.")
    if word not in FUNCTIONS:
        raise refused(f"tf.{word}" if not word.startswith("tf.") else word, site)
    name, parameters = FUNCTIONS[word]
    names = {parameter.split(":")[0]: parameter.split(":")[-1] for parameter in parameters}
    bound = given.bound(tuple(names), site)
    arguments = {
        names.get(key, key): value
        for key, value in bound.items()
        if key != "name" and value is not None and value is not False
    }
    if name == "Take" and arguments.get("batch_dims") == 0:
        del arguments["batch_dims"]
    if unknown := sorted(set(arguments) - set(names.values())):
        raise refused(f"tf.{word} with {', '.join(unknown)}", site)
    if name == "Normalize":
        arguments = {"epsilon": 1e-12, "axis": None, **arguments, "squared": True}
    if name == "Split" and isinstance(arguments.get("sizes"), int):
        arguments["indices_or_sections"] = arguments.pop("sizes")
    if name in ("Concatenate", "Stack", "Split"):
        arguments.setdefault("axis", 0)
    if name == "Gelu":
        arguments.setdefault("approximate", False)
    if name == "Take":
        arguments.setdefault("axis", 0)
    return name, arguments


def refused(what: str, site: Site) -> Exception:
    """The error for an operation that is not read: with the reason for Keras's operator of that name."""
    word = what.split(" ", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1].replace("_", "").lower()
    names = {name.lower(): name for group in refusals.OPERATORS for name in group.classes}
    known = refusals.find(names.get(word, what), refusals.OPERATORS)
    return site.unsupported(f"is a bare TensorFlow operation: {what}", known.why, known.fix)
