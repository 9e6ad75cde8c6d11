"""Symbolic tensors, structures of them and graph nodes of Keras 2 and 3, for ``trace``.

Sources: Keras 3.15 ``keras/src/ops/node.py`` and ``keras/src/backend/common/variables.py``, tf_keras 2.21
``tf_keras/src/engine/node.py``.
"""

from __future__ import annotations

import math
import operator
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from types import FunctionType
from typing import Any

import numpy as np

from ..dialect.allowed import OURS

WORDS = "add radd sub rsub mul rmul truediv rtruediv matmul rmatmul pow rpow lt le gt ge eq ne"
OPERATORS = tuple(f"__{word}__" for word in WORDS.split())
"""Methods of variables that Keras 3 computes eagerly."""


def parts(layer: Any) -> list[Any]:
    """A layer and all layers inside it."""
    flatten = getattr(layer, "_flatten_layers", None)
    return list(flatten()) if callable(flatten) else [layer]


def users_function(layer: Any) -> Any:
    """The activation of a layer, if it is a function of the user's and not a cell's; None otherwise."""
    function = getattr(layer, "activation", None)
    if not isinstance(function, FunctionType) or hasattr(layer, "cell"):
        return None
    return None if f"{function.__module__}.".startswith((*OURS, "tensorflow.")) else function


@contextmanager
def unchanged(model: Any) -> Iterator[None]:
    """Restores the layers' names and graph nodes afterwards."""
    before = [(part, part.name, len(part._inbound_nodes), len(part._outbound_nodes)) for part in parts(model)]
    try:
        yield
    finally:
        for part, name, inbound, outbound in before:
            rename(part, name)
            del part._inbound_nodes[inbound:]
            del part._outbound_nodes[outbound:]


def rename(layer: Any, name: str) -> None:
    """Give a layer or an operation this name."""
    if layer.name != name:
        setattr(layer, "_name" if hasattr(layer, "_name") else "name", name)


def _reflecting(method: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Leaves ``variable * tensor`` with a symbolic tensor to the tensor's ``__rmul__``, which records it."""
    return lambda self, other: NotImplemented if is_symbolic(other) else method(self, other)


@contextmanager
def recorded(three: bool) -> Iterator[None]:
    """Has Keras record ``dot`` of ``keras.backend`` as a matrix product. Keras 3 also records other functions of
    ``keras.backend``, operators of variables, and functions of TensorFlow, if they take symbolic tensors.

    The caller must compare the results afterwards: a matrix product may compute other values than ``dot``.
    """
    from unittest.mock import patch

    with ExitStack() as stack:
        words = _operations() if three else {"dot": sys.modules["tensorflow"].matmul}
        for name, module in list(sys.modules.items()):
            if name.endswith("keras.backend") and "dot" in vars(module):
                stack.enter_context(patch.dict(vars(module), words))
        if three:
            owner = next(cls for cls in sys.modules["keras"].Variable.__mro__ if "__mul__" in vars(cls))
            methods: Any = {name: _reflecting(vars(owner)[name]) for name in OPERATORS if name in vars(owner)}
            stack.enter_context(patch.multiple(owner, **methods))
        if three and (tensorflow := sys.modules.get("tensorflow")) is not None:
            for room in (tensorflow, tensorflow.math, tensorflow.nn, tensorflow.linalg):
                stack.enter_context(patch.dict(vars(room), _recording(vars(room))))
        yield


MAKERS = ("broadcast_to", "fill", "full", "ones", "repeat", "tile", "zeros")
"""Functions of ``keras.ops`` and TensorFlow that make a constant for each sample, if an argument is the number of
samples or a shape that begins with it."""


@contextmanager
def naming_samples(x: Any) -> Iterator[None]:
    """Has these functions make tensors of the samples of ``x``. Their number is None here, or symbolic (Keras 2)."""
    from unittest.mock import patch

    with ExitStack() as stack:
        for room in filter(None, {functions_for(x), sys.modules.get("tensorflow")}):
            makers = {word: partial(_of_samples, word, vars(room)[word], x) for word in MAKERS if word in vars(room)}
            stack.enter_context(patch.dict(vars(room), makers))
        yield


def functions_for(x: Any) -> Any:
    """The module of the functions that record what is done with a symbolic tensor."""
    return getattr(sys.modules[type(x).__module__.split(".")[0]], "ops", None) or sys.modules["tensorflow"]


def _of_samples(word: str, function: Callable[..., Any], x: Any, *args: Any, **kwargs: Any) -> Any:
    """The function's constant of one sample, for each sample of ``x``, if an argument names their number."""

    def is_number(value: Any) -> bool:
        return value is None or (is_symbolic(value) and not len(value.shape))

    def one(key: int | str, value: Any) -> Any:
        if isinstance(value, (list, tuple)) and len(value) and is_number(value[0]):
            return [1, *value[1:]]
        return 1 if word == "repeat" and key in (1, "repeats") and is_number(value) else value

    ones = [one(key, value) for key, value in enumerate(args)], {key: one(key, kwargs[key]) for key in kwargs}
    if any(map(is_symbolic, flat(ones))) or all(map(operator.is_, flat(ones), flat([args, kwargs]))):
        return function(*args, **kwargs)
    return for_each_sample(function(*ones[0], **ones[1]), x)


def for_each_sample(value: Any, x: Any) -> Any:
    """A constant of one sample as a tensor of all: itself plus zeros made of ``x``."""
    if is_symbolic(value) or not is_symbolic(x) or tuple(getattr(value, "shape", ()))[:1] != (1,):
        return value
    ops, (_, *axes) = functions_for(x), value.shape
    first = ops.reshape(x[(slice(None), *(0 for _ in x.shape[1:]))], (-1, 1))
    every = ops.reshape(ops.tile(first, (1, math.prod(axes))), (-1, *axes))
    return ops.add(ops.zeros_like(every, value.dtype), value)  # no tensor grows: integers have that alone


ALIKE = (
    "abs all any cast clip cos elu equal exp greater greater_equal less less_equal log max maximum mean min minimum "
    "not_equal ones_like prod reshape round shape sigmoid sign sin softmax softplus softsign square squeeze stack std "
    "sum tanh tile transpose var zeros_like"
)
"""Functions of ``keras.backend`` that equal the operation of the same name for all values, by their source."""


def _operations() -> dict[str, Callable[..., Any]]:
    """Keras 3's operations by the names of ``keras.backend``. Source: Keras 3.15 ``keras/src/legacy/backend.py``."""
    ops, relu = sys.modules["keras"].ops, sys.modules["keras"].activations.relu
    return {word: getattr(ops, word) for word in ALIKE.split()} | {
        "concatenate": lambda tensors, axis=-1: ops.concatenate(tensors, axis),
        "dot": ops.matmul,
        "expand_dims": lambda x, axis=-1: ops.expand_dims(x, axis),
        "hard_sigmoid": lambda x: ops.clip(0.2 * x + 0.5, 0.0, 1.0),
        "permute_dimensions": ops.transpose,
        "pow": ops.power,
        "relu": lambda x, alpha=0.0, max_value=None, threshold=0.0: relu(x, alpha, max_value, threshold),
        "sqrt": lambda x: ops.sqrt(ops.maximum(x, 0.0)),
    }


def _recording(functions: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
    """Functions of a TensorFlow module that take symbolic tensors too, if Keras 3 has an operation for them."""
    ops = sys.modules["keras"].ops
    others = {
        "clip_by_value": ops.clip,
        "concat": ops.concatenate,
        "gather": lambda params, indices, axis=None: ops.take(params, indices, axis),
        "gelu": lambda features, approximate=False: ops.gelu(features, approximate),
        "l2_normalize": lambda x, axis=None, epsilon=1e-12: (
            x * ops.rsqrt(ops.maximum(ops.sum(ops.square(x), axis, True), epsilon))
        ),
        "leaky_relu": lambda features, alpha=0.2: ops.leaky_relu(features, alpha),
        "matmul": lambda a, b, transpose_a=False, transpose_b=False: ops.matmul(
            ops.swapaxes(a, -1, -2) if transpose_a else a, ops.swapaxes(b, -1, -2) if transpose_b else b
        ),
        "pow": ops.power,
        "reduce_variance": ops.var,
        "reverse": ops.flip,
        "transpose": lambda a, perm=None: ops.transpose(a, perm),
    }
    words = [word for word, value in functions.items() if callable(value) and not isinstance(value, type)]
    words = [word for word in words if not word.endswith("tensor")]  # operations recognize symbolic ones by is_tensor
    twins = {word: others.get(word) or getattr(ops, word.removeprefix("reduce_"), None) for word in words}
    return {word: partial(_either, functions[word], twin) for word, twin in twins.items() if twin is not None}


def _either(function: Callable[..., Any], operation: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """The operation if an argument is a symbolic tensor, otherwise the function."""
    if not any(map(is_symbolic, flat([*args, *kwargs.values()]))):
        return function(*args, **kwargs)
    kwargs.pop("name", None)
    return operation(*args, **kwargs)


def is_symbolic(value: Any) -> bool:
    """Whether it is a tensor without values."""
    return "KerasTensor" in (cls.__name__ for cls in type(value).__mro__)


class InputShape:
    """Shape and type of an input tensor, in its place."""

    def __init__(self, shape: Sequence[int | None], dtype: Any = "float32") -> None:
        self.shape, self.dtype = tuple(shape), dtype


def shaped(value: Any) -> Any:
    """A structure of shapes as a structure of inputs; the batch is left open."""
    if isinstance(value, Mapping):
        return {key: shaped(item) for key, item in value.items()}
    if all(isinstance(n, (int, type(None))) for n in value):
        return InputShape((None, *value[1:]))
    return [shaped(item) for item in value]


def mapped(function: Callable[[Any], Any], value: Any) -> Any:
    """A structure of lists, tuples and dictionaries with a function applied to each leaf."""
    if isinstance(value, Mapping):
        return {key: mapped(function, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([mapped(function, item) for item in value])
    return function(value)


def flat(value: Any) -> list[Any]:
    """The leaves of a structure in Keras's order: dictionaries by sorted keys."""
    if isinstance(value, Mapping):
        value = [value[key] for key in sorted(value)]
    return [leaf for item in value for leaf in flat(item)] if isinstance(value, (list, tuple)) else [value]


def constant(value: Any) -> Any:
    """An array in place of a variable or of a tensor with a value."""
    if is_symbolic(value) or not hasattr(value, "dtype") or not callable(getattr(value, "numpy", None)):
        return value
    return np.asarray(value.numpy())


def mask_of(tensor: Any) -> Any:
    """The mask that Keras attached to a tensor; None without one."""
    return getattr(tensor, "_keras_mask", None)


def set_masks(outputs: Any, masks: Any) -> None:
    """Attaches the masks that a layer computes to those of its outputs that have none."""
    if masks is not None and any(mask_of(x) is None for x in flat(outputs)):
        for tensor, mask in zip(flat(outputs), flat(masks), strict=True):
            if mask_of(tensor) is None:
                tensor._keras_mask = mask


def open_batch(newshape: Sequence[int | None], shape: Sequence[int | None]) -> tuple[int, ...]:
    """A new shape with -1 in place of ``ops.shape(x)[0]``, which is None here."""
    first, *axes = [-1 if n is None else int(n) for n in newshape]
    size, others = list(shape[1:]), [n for n in axes if n != -1]
    if first == -1 and axes.count(-1) == 1 and None not in size:
        axes[axes.index(-1)] = int(np.prod([n or 1 for n in size])) // max(1, int(np.prod(others)))
    return (first, *axes)


def producers(outputs: Any, three: bool) -> list[Any]:
    """The layers and operations that produce the outputs, inputs first."""
    order: dict[int, Any] = {}
    visited: set[int] = set()
    stack = [(tensor, False) for tensor in reversed(flat(outputs))]
    while stack:
        tensor, ready = stack.pop()
        history = tensor._keras_history
        node = history[0]._inbound_nodes[history[1]]
        if ready:
            order.setdefault(id(history[0]), history[0])
        elif id(node) not in visited:
            visited.add(id(node))
            feeds = node.input_tensors if three else [] if node.is_input else node.keras_inputs
            stack.append((tensor, True))
            stack += [(feed, False) for feed in reversed(flat(list(feeds)))]
    return list(order.values())


def in_order(value: Any) -> Any:
    """A structure with its dictionaries in Keras's order: by sorted keys."""
    if isinstance(value, Mapping):
        return {key: in_order(value[key]) for key in sorted(value)}
    return [in_order(item) for item in value] if isinstance(value, (list, tuple)) else value
