"""TensorFlow's registered operations, which tf.keras of TensorFlow 1.15 to 2.3 kept in TensorFlowOpLayer, as Keras 3's
operators and their parameters.

Sources: TensorFlow 2.3 ``core/ops/{math,array,nn}_ops.cc`` and ``python/keras/engine/base_layer.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ..dialect.arguments import Arguments
from ..dialect.config import shown, table
from ..dialect.site import Site
from .operators import OPERATORS
from .spellings import operator_of, refused

MASKS = ("begin", "end", "shrink_axis", "new_axis", "ellipsis")
OPERATIONS = """
Add AddV2 BiasAdd Sub Mul RealDiv Div Pow Maximum Minimum SquaredDifference Greater GreaterEqual Less LessEqual Equal
NotEqual LogicalAnd LogicalOr LogicalNot MatMul BatchMatMul BatchMatMulV2 DivNoNan Atan2 Abs Square Sqrt Rsqrt
Reciprocal Log Exp Sign Floor Ceil Neg Tanh Sigmoid Softplus Softsign Relu Relu6 Elu Selu LeakyRelu Softmax LogSoftmax
Identity Cast Squeeze Sin Cos Tan Sinh Cosh Erf Erfc Asin Acos Atan Asinh Acosh Atanh Mean Sum Max Min Any All ArgMax
ArgMin Cumsum Roll Select SelectV2 Reshape Transpose ExpandDims Tile ReverseV2 SplitV FakeQuantWithMinMaxArgs
FakeQuantWithMinMaxVars
""".split()
"""Registered operations whose operands are the parameters of the function of the same name, in its order."""
OTHERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "Pad": ("Pad", ("x", "pad_width")),
    "PadV2": ("Pad", ("x", "pad_width", "constant_values")),
    "Split": ("Split", ("axis", "x")),
}
"""Other operations: Keras 3's operator, and its operands."""
TYPES = {
    **dict.fromkeys(("DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"), "float32"),
    **{f"DT_{word.upper()}": word for word in ("bool", "int8", "uint8", "int16", "uint16", "int32", "int64")},
}
"""Types of a Cast."""
ATTRIBUTES: Mapping[str, str] = {
    **{"keep_dims": "keepdims", "alpha": "negative_slope", "adj_x": "transpose_a", "adj_y": "transpose_b"},
    **{"squeeze_dims": "axis", "num_split": "indices_or_sections"},
    **{name: name for name in ("transpose_a", "transpose_b", "num_bits", "narrow_range", "min", "max")},
}
"""Attributes that are parameters."""
CONSUMED = frozenset({"N", "DstT", "axis", "Tlen", *(f"{mask}_mask" for mask in MASKS)})
"""Other attributes that are read, or that repeat facts about the operands."""
CHANNELS_LAST = ("NHWC", "TkhXQw==")
"""The ``data_format`` that is read, as text and in the JSON of bytes."""
TEXT = re.compile(r'key:\s*"(\w+)"\s*value\s*\{\s*(?:(\w+):\s*("[^"]*"|[^\s{}]+)\s*\}|)')
"""An attribute in a protocol buffer's text; without a value if that is more than a word."""


def graph_operation(config: Mapping[str, Any], call: Arguments, site: Site) -> tuple[str, dict[str, Any]]:
    """The same for a TensorFlowOpLayer, which keeps an operation of a graph and its constant operands.

    Raises:
        UnsupportedError: there is no such operator.
    """
    definition, constants = config.get("node_def"), config.get("constants") or {}
    if isinstance(definition, str):
        definition = _parsed(definition)
    if not isinstance(definition, Mapping) or not isinstance(constants, Mapping):
        raise site.broken(f"has node_def={shown(definition)}", "expected the description of an operation")
    op = str(definition.get("op"))
    tensors = list(call.positional[0] if call.positional and isinstance(call.positional[0], list) else call.positional)
    operands = []
    for index in range(len(tensors) + len(constants)):
        constant = constants.get(str(index))
        operands.append(constant if constant is not None else tensors.pop(0) if tensors else None)
    raw = table(definition, "attr")
    attributes = {ATTRIBUTES[key]: _value(value) for key, value in raw.items() if key in ATTRIBUTES}
    for key, value in raw.items():
        if not (key in ATTRIBUTES or key in CONSUMED or key.startswith("_") or _is_neutral(value)):
            raise site.unsupported(f"has {op} with {key}={shown(_value(value))}", "only its default is read")
    if op == "ConcatV2":
        return "Concatenate", {"axis": operands.pop(), "xs": operands}
    if op == "Pack":
        return "Stack", {"x": operands, "axis": _value(raw.get("axis", {"i": 0}))}
    if op == "StridedSlice":
        return "GetItem", {"x": operands[0], "key": list(_strided(operands[1:], raw, site))}
    if op not in (*OPERATIONS, *OTHERS):
        raise refused(op, site)
    name, parameters = OTHERS.get(op) or (keras_name := operator_of(op) or "", OPERATORS[keras_name].function)
    if name == "Cast":
        word = str(table(raw, "DstT").get("type", "no type"))
        if word not in TYPES:
            raise site.unsupported(f"casts to {word}", f"read are {', '.join(TYPES)}")
        attributes["dtype"] = TYPES[word]
    return name, {**dict(zip(parameters, operands, strict=False)), **attributes}


def _strided(ends: list[Any], attributes: Mapping[str, Any], site: Site) -> Iterator[Any]:
    """NumPy's indices for a StridedSlice's begin, end, strides and masks."""
    if len(ends) < 3 or not all(isinstance(end, list) for end in ends[:3]):
        raise site.unsupported("takes a slice whose ends are computed")
    masks = {name: _value(attributes.get(f"{name}_mask", {"i": 0})) or 0 for name in MASKS}
    if not all(isinstance(mask, int) for mask in masks.values()):
        raise site.broken(f"has the masks {shown(masks)}", "masks of a slice are whole numbers")
    for axis, (begin, end, stride) in enumerate(zip(*ends[:3], strict=False)):
        bit = 1 << axis
        if masks["ellipsis"] & bit:
            yield {"class_name": "__ellipsis__", "config": {}}
        elif masks["new_axis"] & bit:
            yield None
        elif masks["shrink_axis"] & bit:
            yield begin
        else:
            start, stop = None if masks["begin"] & bit else begin, None if masks["end"] & bit else end
            yield {"start": start, "stop": stop, "step": stride}


def _is_neutral(described: Any) -> bool:
    """Whether an attribute is a type, a shape, off, or channels last."""
    typed = isinstance(described, Mapping) and bool({"type", "shape"} & described.keys())
    return typed or not _value(described) or _value(described) in CHANNELS_LAST


def _value(described: Any) -> Any:
    """The value of an attribute: ``{"b": true}``, ``{"i": "2"}``, ``{"f": 0.2}``, ``{"list": {"i": ["1"]}}``."""
    if not isinstance(described, Mapping):
        return described
    if "list" in described:
        items = table(described, "list").get("i", [])
        return [_whole(item) for item in items] if isinstance(items, list) else []
    if "i" in described:
        return _whole(described["i"])
    return next(iter(described.values()), None)


def _whole(value: Any) -> Any:
    """A whole number, which JSON keeps as text; other values stay, for their reader to refuse."""
    return int(value) if re.fullmatch(r"-?\d{1,19}", str(value)) else value


def _parsed(text: str) -> Any:
    """A description that is JSON, or a protocol buffer's text: the operation's name and attributes."""
    try:
        return json.loads(text)
    except ValueError:
        name = re.search(r'op:\s*"(\w+)"', text)
        words = {"true": True, "false": False}
        attributes = {
            key: {kind: words.get(word, word.strip('"'))} if kind else {"text": "..."}
            for key, kind, word in TEXT.findall(text)
        }
        return {"op": name[1] if name else "?", "attr": attributes}
