"""Integers and truth values within a model: integers of 8 and 16 bits wrap in Keras's arithmetic, truth values have a
logic of their own, and generated code has neither.

Values are float32 here, whatever type Keras has for them. Operators whose results may leave the type are refused;
those that move, compare or choose values are not. Source: Keras 3.15 ``keras/src/backend/common/dtypes.py`` (a Python
integer takes the tensor's type, a Python float makes floats).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ....core.functions import Function
from ..dialect.config import shown
from .base import Builder, Value

RANGES: dict[str, tuple[int, int]] = {
    "int8": (-(2**7), 2**7 - 1),
    "uint8": (0, 2**8 - 1),
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
}
STAYING = """
Reshape Transpose Swapaxes Moveaxis ExpandDims Squeeze Concatenate Stack Split GetItem Take Flip Roll Repeat Tile Pad
Slice Identity Copy StopGradient Cast SaturateCast ConvertToTensor ZerosLike OnesLike OneHot Where Max Min Amax Amin
Maximum Minimum Argmax Argmin Any All LogicalAnd LogicalOr LogicalXor LogicalNot Greater GreaterEqual Less LessEqual
Equal NotEqual Relu Sign
""".split()
"""Operators whose results are values of the type, or always of another type."""
IN_FLOATS = """
Divide TrueDivide Mean Var Std Sqrt Rsqrt Exp Expm1 Log Log1p Log2 Log10 Sin Cos Tanh Sigmoid Softmax LogSoftmax
""".split()
"""Operators that make floats of integers before they compute."""
WIDER_IN_KERAS_3 = ("Sum",)
"""Operators that Keras 3 computes in 32 bits, and TensorFlow in the type itself."""
ARITHMETIC = ("Add", "Subtract", "Multiply", "Power", "Mod", "FloorDivide")
LOGICAL = ("Add", "Subtract", "Matmul", "Dot", "Inner", "Tensordot", "Einsum", "Diff")
"""Operators that are logic, or fail, if all operands are truth values; a product of these is right."""
COUNTING = "Square Sum Prod CountNonzero Argmax Argmin Trace Cumsum Power Mod FloorDivide".split()
"""Operators that make integers of truth values."""
WHOLE = ("Cumsum", "Tril", "Triu", "MultiHot")
"""Operators that make integers of integers, which their nodes do not show."""
FLOATING = ("Fabs", "Heaviside")
"""Operators that make floats, which their nodes do not show."""
MIXING = (*ARITHMETIC, "Maximum", "Minimum", "Where")
"""Operators whose result has the type of a constant, if that is the wider one."""
WIDE: dict[str, tuple[int, int]] = {"int32": (-(2**31), 2**31 - 1), "uint32": (0, 2**32 - 1)}
LARGEST = 2**63
EXACT = 2**24
"""Whole numbers up to this size are exact in float32."""
CONSTANTS = ("x1", "x2", "constant_values", "initial")
"""Arguments that take the tensor's type if they are whole numbers."""
AS_FLOATS = 'cast before it: keras.ops.cast(x, "float32"), or tf.cast'
ROUNDINGS = ("floor", "ceil", "round", "truncate")


def type_of(dtype: str) -> str:
    """The name of a Keras type in ``Builder.types``; empty for floats."""
    return dtype if dtype == "bool" or dtype in RANGES else "int" if "int" in dtype else ""


def mind_operator(builder: Builder, name: str, arguments: Mapping[str, Any]) -> None:
    """Lets an operator pass unless it computes in 8 or 16 bits.

    Raises:
        UnsupportedError: it does.
    """
    operands = {key: value for key, value in arguments.items() if key != "condition"}
    tensors = [item.tensor for item in _tensors(operands.values())]
    if name in LOGICAL and all(isinstance(operands.get(key), (Value, type(None))) for key in ("x1", "x2")):
        mind_truths(builder, tensors)
    kind = narrow(builder, tensors)
    if not kind and name in ARITHMETIC and tensors and all(tensor in builder.types for tensor in tensors):
        _mind_wide(builder, tensors, operands)
    if not kind or name in IN_FLOATS:
        return
    low, high = RANGES[kind]
    beyond = [value for key, value in operands.items() if key in CONSTANTS and _beyond(value, low, high)]
    if beyond:
        raise builder.refuse(
            f"meets the constant {shown(beyond[0])} in {kind}, where it wraps round",
            fix=f"give a constant from {low} to {high}, or cast to int32 before it",
        )
    if name in STAYING or (name in WIDER_IN_KERAS_3 and builder.rules.sums_widen):
        return
    if name in ARITHMETIC and any(isinstance(value, float) for value in operands.values()):
        return
    raise _refused(builder, kind)


def mind_truths(builder: Builder, tensors: Sequence[int]) -> None:
    """Refuses to compute with truth values alone.

    Raises:
        UnsupportedError: all of the tensors have truth values.
    """
    if tensors and all(builder.types.get(tensor) == "bool" for tensor in tensors):
        raise builder.refuse("computes with truth values, which is logic in Keras, or fails", fix=AS_FLOATS)


def type_results(
    builder: Builder, name: str, arguments: Mapping[str, Any], results: Sequence[Value], first: int
) -> None:
    """Notes Keras's types of an operator's results, if the nodes do not show them.

    Args:
        first: the first tensor made by the operator's nodes; older ones keep their types.
    """
    constants = (arguments.get(key) for key in CONSTANTS)
    numbers = [value for value in constants if isinstance(value, (bool, int, float))]
    operands = [item.tensor for item in _tensors(arguments.values())]
    for tensor in (value.tensor for value in results if value.tensor >= first):
        if name in WHOLE and all(operand in builder.types for operand in operands):
            builder.types[tensor] = builder.joint_type(operands)
        if name in FLOATING or (name in MIXING and any(isinstance(number, float) for number in numbers)):
            builder.types.pop(tensor, None)
        wider = name in COUNTING or (name in MIXING and any(not isinstance(number, bool) for number in numbers))
        if wider and builder.types.get(tensor) == "bool":
            builder.types[tensor] = "int"


def _mind_wide(builder: Builder, tensors: Sequence[int], operands: Mapping[str, Any]) -> None:
    """Refuses large constants for integers of 32 bits: products with them, and sums, wrap round in Keras, and float32
    does not hold them. Masks, and other tensors whose range is small, may meet them."""
    spans = [_span(builder, tensor) or (-np.inf, np.inf) for tensor in tensors]
    reach = max(abs(end) for span in spans for end in span)
    for key, value in operands.items():
        if key in CONSTANTS and _beyond(value, -EXACT, EXACT) and _size(value) * max(reach, 1) >= 2**31:
            raise builder.refuse(
                f"meets the constant {shown(value)} in int32, where results may wrap round at {2**31:,}",
                fix='cast before it: keras.ops.cast(x, "float32")',
            )


def _size(value: Any) -> float:
    return float(np.abs(np.asarray(value, np.float64)).max(initial=0.0))


def _beyond(value: Any, low: int, high: int) -> bool:
    """Whether a whole number, or an array of them, has a value outside."""
    if isinstance(value, np.ndarray):
        return bool((value == np.round(value)).all() and ((value < low) | (value > high)).any())
    return isinstance(value, int) and not low <= value <= high


def mind_layer(builder: Builder, inputs: Sequence[Value], multiplies: bool = False) -> None:
    """The same for a layer that adds its inputs, or multiplies them value by value, which is logic in tf.keras if one
    has truth values."""
    kinds = {builder.types.get(value.tensor) for value in inputs}
    if multiplies and "bool" in kinds and len(kinds) > 1 and not builder.rules.sums_widen:
        raise builder.refuse("multiplies by truth values, which gives truth values in tf.keras", fix=AS_FLOATS)
    if not multiplies:
        mind_truths(builder, [value.tensor for value in inputs])
    if kind := narrow(builder, (value.tensor for value in inputs)):
        raise _refused(builder, kind)


def mind_cast(builder: Builder, value: Value, dtype: str) -> None:
    """Lets a cast pass unless values may be beyond the new type's range; for 32 bits, unless their range is beyond it.

    Raises:
        UnsupportedError: values may be beyond it.
    """
    span, (low, high) = _span(builder, value.tensor), (RANGES | WIDE).get(dtype, (-LARGEST, LARGEST))
    if span is None and dtype not in RANGES:
        return
    if span is None or span[0] < low or span[1] > high:
        raise builder.refuse(
            f"is cast to {dtype}, and its values may lie outside {low} to {high}, where they wrap round",
            fix=f'keras.ops.saturate_cast(x, "{dtype}"), or clip before the cast',
        )


def narrow(builder: Builder, tensors: Iterable[int]) -> str:
    """The narrow type in which Keras computes on some tensors; empty if one of them is wider, or a float."""
    kinds = [builder.types.get(tensor, "") for tensor in tensors]
    return kinds[0] if kinds and RANGES.keys() >= set(kinds) else ""


def _tensors(values: Iterable[Any]) -> Iterator[Value]:
    for value in values:
        if isinstance(value, Value):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from _tensors(value)


def _span(builder: Builder, tensor: int) -> tuple[float, float] | None:
    """The least and the largest possible value of a tensor, as far as the nodes that make it determine them."""
    while True:
        kind = builder.types.get(tensor)
        if kind == "bool":
            return 0.0, 1.0
        if kind in RANGES:
            return RANGES[kind]
        maker = builder.maker(tensor)
        if maker is None:
            return None
        function = getattr(maker.op, "function", None)
        name, params = (function.name, function.params) if isinstance(function, Function) else ("", ())
        if name == "clip":
            ends = dict(params)
            return float(ends["low"]), float(ends["high"])
        if name == "sigmoid":
            return 0.0, 1.0
        if not (maker.op.moves and len(maker.inputs) == 1) and name not in ROUNDINGS:
            return None
        tensor = maker.inputs[0]


def _refused(builder: Builder, kind: str) -> Exception:
    return builder.refuse(
        f"computes in {kind}, where Keras's results wrap round at {RANGES[kind][0]} and {RANGES[kind][1]}",
        fix='cast before it: keras.ops.cast(x, "int32") or "float32", or a Rescaling layer',
    )
