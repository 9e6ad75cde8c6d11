"""TensorFlow's registered operations, which tf.keras of TensorFlow 1.15 to 2.3 kept in TensorFlowOpLayer, by the names
and parameters of Keras 3's operators.

Sources: TensorFlow 2.3 ``core/ops/{math,array,nn}_ops.cc`` and ``python/keras/engine/base_layer.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..dialect.arguments import Arguments
from ..dialect.config import shown
from ..dialect.site import Site
from .tensorflow_names import Parameters, refused

OPERATIONS: Mapping[str, tuple[str, Parameters]] = {
    **{
        op: (name, ("x1", "x2"))
        for op, name in (
            ("Add", "Add"),
            ("AddV2", "Add"),
            ("BiasAdd", "Add"),
            ("Sub", "Subtract"),
            ("Mul", "Multiply"),
            ("RealDiv", "TrueDivide"),
            ("Div", "TrueDivide"),
            ("Pow", "Power"),
            ("Maximum", "Maximum"),
            ("Minimum", "Minimum"),
            ("Greater", "Greater"),
            ("GreaterEqual", "GreaterEqual"),
            ("Less", "Less"),
            ("LessEqual", "LessEqual"),
            ("Equal", "Equal"),
            ("NotEqual", "NotEqual"),
            ("LogicalAnd", "LogicalAnd"),
            ("LogicalOr", "LogicalOr"),
            ("SquaredDifference", "SquaredDifference"),
            ("MatMul", "Matmul"),
            ("BatchMatMul", "Matmul"),
            ("BatchMatMulV2", "Matmul"),
        )
    },
    **{
        op: (name, ("x",))
        for op, name in (
            ("Abs", "Absolute"),
            ("Square", "Square"),
            ("Sqrt", "Sqrt"),
            ("Rsqrt", "Rsqrt"),
            ("Reciprocal", "Reciprocal"),
            ("Log", "Log"),
            ("Exp", "Exp"),
            ("Sign", "Sign"),
            ("Floor", "Floor"),
            ("Ceil", "Ceil"),
            ("Neg", "Negative"),
            ("Tanh", "Tanh"),
            ("Sigmoid", "Sigmoid"),
            ("Softplus", "Softplus"),
            ("Softsign", "Softsign"),
            ("Relu", "Relu"),
            ("Relu6", "Relu6"),
            ("Elu", "Elu"),
            ("Selu", "Selu"),
            ("LeakyRelu", "LeakyRelu"),
            ("Softmax", "Softmax"),
            ("LogSoftmax", "LogSoftmax"),
            ("Identity", "Identity"),
            ("LogicalNot", "LogicalNot"),
            ("Cast", "Cast"),
            ("Squeeze", "Squeeze"),
            *((name, name) for name in ("Sin", "Cos", "Tan", "Sinh", "Cosh", "Erf", "Erfc")),
            *((f"A{word}", f"Arc{word}") for word in ("sin", "cos", "tan", "sinh", "cosh", "tanh")),
        )
    },
    **{op: (op, ("x", "axis")) for op in ("Mean", "Sum", "Max", "Min", "Any", "All")},
    **{op: (op.title(), ("x", "axis")) for op in ("ArgMax", "ArgMin", "Cumsum")},
    "Atan2": ("Arctan2", ("x1", "x2")),
    "DivNoNan": ("DivideNoNan", ("x1", "x2")),
    "Roll": ("Roll", ("x", "shift", "axis")),
    "Select": ("Where", ("condition", "x1", "x2")),
    "SelectV2": ("Where", ("condition", "x1", "x2")),
    "Reshape": ("Reshape", ("x", "newshape")),
    "Transpose": ("Transpose", ("x", "axes")),
    "ExpandDims": ("ExpandDims", ("x", "axis")),
    "Pad": ("Pad", ("x", "pad_width")),
    "PadV2": ("Pad", ("x", "pad_width", "constant_values")),
    "Tile": ("Tile", ("x", "repeats")),
    "ReverseV2": ("Flip", ("x", "axis")),
    "Split": ("Split", ("axis", "x")),
    "SplitV": ("Split", ("x", "sizes", "axis")),
    "FakeQuantWithMinMaxArgs": ("FakeQuant", ("x",)),
    "FakeQuantWithMinMaxVars": ("FakeQuant", ("x", "min", "max")),
}
"""Registered operation -> Keras 3's operator, and its operands by Keras 3's names."""
TYPES = {
    **dict.fromkeys(("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"), "float32"),
    **{f"DT_{word.upper()}": word for word in ("bool", "int8", "uint8", "int16", "uint16", "int32", "int64")},
}
"""Types of a Cast."""
ATTRIBUTES: Mapping[str, str] = {
    "keep_dims": "keepdims",
    "alpha": "negative_slope",
    "transpose_a": "transpose_a",
    "transpose_b": "transpose_b",
    "adj_x": "transpose_a",
    "adj_y": "transpose_b",
    "squeeze_dims": "axis",
    "num_split": "indices_or_sections",
    "num_bits": "num_bits",
    "narrow_range": "narrow_range",
    "min": "min",
    "max": "max",
}


def graph_operation(config: Mapping[str, Any], given: Arguments, site: Site) -> tuple[str, dict[str, Any]]:
    """The same of a TensorFlowOpLayer, which keeps an operation of a graph and its constant operands.

    Raises:
        UnsupportedError: it has none.
    """
    definition, constants = config.get("node_def"), config.get("constants") or {}
    if isinstance(definition, str):
        definition = _parsed(definition)
    if not isinstance(definition, Mapping) or not isinstance(constants, Mapping):
        raise site.broken(f"has node_def={shown(definition)}", "expected the description of an operation")
    op = str(definition.get("op"))
    tensors = (
        list(given.positional[0])
        if given.positional and isinstance(given.positional[0], list)
        else list(given.positional)
    )
    operands = []
    for index in range(len(tensors) + len(constants)):
        constant = constants.get(str(index))
        operands.append(constant if constant is not None else tensors.pop(0) if tensors else None)
    raw = definition.get("attr")
    attributes = {
        ATTRIBUTES[key]: _value(value)
        for key, value in (raw.items() if isinstance(raw, Mapping) else ())
        if key in ATTRIBUTES
    }
    if op in ("ConcatV2", "Pack"):
        axis = operands.pop() if op == "ConcatV2" else _value((raw or {}).get("axis", {"i": 0}))
        return (
            ("Concatenate", {"xs": operands, "axis": axis})
            if op == "ConcatV2"
            else ("Stack", {"x": operands, "axis": axis})
        )
    if op == "StridedSlice":
        return "GetItem", {"x": operands[0], "key": _strided(operands[1:], raw or {}, site)}
    if op not in OPERATIONS:
        raise refused(op, site)
    name, parameters = OPERATIONS[op]
    if name == "Cast":
        target = (raw or {}).get("DstT", {})
        word = str(target.get("type")) if isinstance(target, Mapping) else ""
        if word not in TYPES:
            raise site.unsupported(f"casts to {word or 'no type'}", f"read are {', '.join(TYPES)}")
        attributes["dtype"] = TYPES[word]
    return name, {**dict(zip(parameters, operands, strict=False)), **attributes}


def _strided(ends: list[Any], attributes: Mapping[str, Any], site: Site) -> list[Any]:
    """NumPy's indices for a StridedSlice's begin, end, strides and masks."""
    if len(ends) < 3 or not all(isinstance(end, list) for end in ends[:3]):
        raise site.unsupported("takes a slice whose ends are computed")
    masks = {
        key: int(_value(attributes.get(f"{key}_mask", {"i": 0})) or 0)
        for key in ("begin", "end", "shrink_axis", "new_axis", "ellipsis")
    }
    found: list[Any] = []
    for axis, (begin, end, stride) in enumerate(zip(*ends[:3], strict=False)):
        bit = 1 << axis
        if masks["ellipsis"] & bit:
            found.append({"class_name": "__ellipsis__", "config": {}})
        elif masks["new_axis"] & bit:
            found.append(None)
        elif masks["shrink_axis"] & bit:
            found.append(begin)
        else:
            start, stop = None if masks["begin"] & bit else begin, None if masks["end"] & bit else end
            found.append({"start": start, "stop": stop, "step": stride})
    return found


def _value(described: Any) -> Any:
    """``{"b": true}``, ``{"i": "2"}``, ``{"f": 0.2}``, ``{"list": {"i": ["1"]}}``."""
    if not isinstance(described, Mapping):
        return described
    if "list" in described:
        inner = described["list"]
        items = inner.get("i", []) if isinstance(inner, Mapping) else []
        return [int(item) for item in items] if isinstance(items, list) else []
    if "i" in described:
        return int(described["i"])
    return next(iter(described.values()), None)


def _parsed(text: str) -> Any:
    """A description that is JSON, or the name of the operation in a protocol buffer's text."""
    try:
        return json.loads(text)
    except ValueError:
        found = re.search(r'op:\s*"(\w+)"', text)
        return {"op": found[1] if found else "?", "attr": {}}
