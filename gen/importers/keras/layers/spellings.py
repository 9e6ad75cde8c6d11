"""Operators by their names in TensorFlow and in older versions of Keras.

Sources: tf_keras 2.21 ``tf_keras/src/layers/core/tf_op_layer.py`` (names are those of TensorFlow's public functions),
TensorFlow 2.21 ``python/ops/{math,array,nn}_ops.py`` (their parameters), TensorFlow 2.3
``core/ops/{math,array,nn}_ops.cc`` (registered operations), Keras 2.3.1 ``keras/backend``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..dialect import refusals
from ..dialect.arguments import Arguments
from ..dialect.site import Site
from .operators import OPERATORS

ROOMS = ("", "math", "nn", "linalg", "quantization", "signal", "__operators__")
"""Modules of TensorFlow whose functions are read."""
WORDS: Mapping[str, str] = {
    **{"sub": "Subtract", "mul": "Multiply", "pow": "Power", "neg": "Negative", "abs": "Absolute", "mod": "Mod"},
    **dict.fromkeys(("truediv", "divide", "div", "realdiv"), "TrueDivide"),
    **{"gt": "Greater", "ge": "GreaterEqual", "lt": "Less", "le": "LessEqual", "eq": "Equal", "ne": "NotEqual"},
    **{"mult": "Multiply", "matmult": "Matmul", "gte": "GreaterEqual", "lte": "LessEqual", "noteq": "NotEqual"},
    **{"floordiv": "FloorDivide", "floormod": "Mod", "biasadd": "Add", "batchmatmul": "Matmul", "swish": "Silu"},
    **{"variance": "Var", "divnonan": "DivideNoNan", "atan2": "Arctan2", "l2normalize": "Normalize"},
    **{f"a{word}": f"Arc{word}" for word in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"clipbyvalue": "Clip", "concat": "Concatenate", "reverse": "Flip", "permutedimensions": "Transpose"},
    **{"gather": "Take", "stft": "SignalSTFT", "select": "Where", "switch": "Where"},
    **{f"fakequantwithminmax{ends}": "FakeQuant" for ends in ("args", "vars")},
}
"""Words, in the form of :func:`folded`, that are not the operator's own."""
FIRST = (
    *("x", "input", "inputs", "input_", "input_tensor", "tensor", "value", "values", "features", "logits", "params"),
    *("t", "a", "labels", "indices", "signals", "condition"),
)
"""TensorFlow's names of the first parameter, and of the second of two."""
SECOND = ("y", "b", "bias")
RENAMED: Mapping[str, str] = {
    **{"depth": "num_classes", "alpha": "negative_slope", "output_type": "dtype", "num_or_size_splits": "sizes"},
    **{"clip_value_min": "x_min", "clip_value_max": "x_max", "begin": "start_indices", "size": "shape"},
    **{"shape": "newshape", "perm": "axes", "multiples": "repeats", "paddings": "pad_width", "slice_spec": "key"},
}
OTHERS = ("linalg.normalize",)
"""Functions whose results differ from Keras 3's operator of their name: this one gives the norms too."""
EXCEPTIONS: Mapping[str, Mapping[str, str]] = {"Arctan2": {"y": "x1", "x": "x2"}, "Where": {"x": "x1", "y": "x2"}}
"""Parameters of functions with another order."""
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "Normalize": {"epsilon": 1e-12, "axis": None, "squared": True},
    **{name: {"axis": 0} for name in ("Stack", "Split", "Take")},
    "Gelu": {"approximate": False},
}
"""Defaults of TensorFlow's functions that differ from Keras 3's."""


def folded(word: str) -> str:
    """``reducemean`` of ``reduce_mean``, ``addv2`` of ``AddV2`` without its version: ``add``."""
    return re.sub(r"(?<=[a-z])v\d$", "", word.replace("_", "").lower()).removeprefix("reduce")


@cache
def words() -> dict[str, str]:
    """Every word that is read, in the form of :func:`folded` -> Keras 3's operator."""
    by_name = {folded(name): name for name, read in OPERATORS.items() if read.function}
    return by_name | {word: name for word, name in WORDS.items() if name in OPERATORS}


def operator_of(word: str) -> str | None:
    """Keras 3's operator for a word; None if it is not read."""
    return words().get(folded(word))


def with_defaults(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of a TensorFlow function with its own defaults."""
    return {**DEFAULTS.get(name, {}), **arguments}


def function(config: Mapping[str, Any], call: Arguments, site: Site) -> tuple[str, dict[str, Any]]:
    """Keras 3's operator for a TFOpLambda or SlicingOpLambda, and its arguments.

    Raises:
        UnsupportedError: there is no such operator.
    """
    word = str(config.get("function", "")).removeprefix("compat.v1.")
    room, _, leaf = word.rpartition(".")
    name = operator_of(leaf) if room in ROOMS and word not in OTHERS else None
    if name is None:
        raise refused(f"tf.{word}" if not word.startswith("tf.") else word, site)
    parameters = OPERATORS[name].function
    bound = call.bound(parameters, site)
    named = {renamed(key, name): value for key, value in bound.items()}
    if name == "Take" and named.get("batch_dims") == 0:
        del named["batch_dims"]
    arguments = {
        key: value for key, value in named.items() if key != "name" and value is not None and value is not False
    }
    if unknown := sorted(set(arguments) - set(parameters)):
        raise refused(f"tf.{word} with {', '.join(unknown)}", site)
    if name == "Split" and isinstance(arguments.get("sizes"), int):
        arguments["indices_or_sections"] = arguments.pop("sizes")
    return name, with_defaults(name, arguments)


def renamed(key: str, name: str) -> str:
    """Keras 3's name of a TensorFlow parameter; its own name if there is none."""
    parameters = OPERATORS[name].function
    if key in (exceptions := EXCEPTIONS.get(name, {})):
        return exceptions[key]
    if key in parameters:
        return key
    if RENAMED.get(key) in parameters:
        return RENAMED[key]
    place = 0 if key in FIRST else 1 if key in SECOND else len(parameters)
    return parameters[place] if place < len(parameters) else key


def refused(operation: str, site: Site) -> Exception:
    """The error for an operation that is not read, with the reason for Keras's operator of that name."""
    word = operation.split(" ", maxsplit=1)[0].rsplit(".", maxsplit=1)[-1].replace("_", "").lower()
    names = {name.lower(): name for group in refusals.OPERATORS for name in group.classes}
    group = refusals.find(names.get(word, operation), refusals.OPERATORS)
    return site.unsupported(f"is a bare TensorFlow operation: {operation}", group.why, group.fix)
