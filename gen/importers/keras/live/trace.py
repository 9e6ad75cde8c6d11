"""The user's own layers of a live model, replaced by the Keras operations of their ``call``.

A model in memory has its own Python code. ``call`` runs once on symbolic tensors (``KerasTensor``): Keras itself
records the layers and operations that it calls, as in any functional model. Code that leaves Keras fails there, and
the refusal names the layer.

Sources: Keras 3.15 ``keras/src/ops/{function,node,operation}.py`` and ``keras/src/layers/layer.py`` (``__call__``:
masks, training), tf_keras 2.21 ``tf_keras/src/engine/{functional,node,base_layer}.py``.
"""

from __future__ import annotations

import inspect
import linecache
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial, reduce
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from ....core.errors import GatesmithError, UnsupportedError
from ..dialect.allowed import OPTIMIZATION, OURS, QKERAS
from ..dialect.kinds import user_classes
from ..dialect.lambdas import FILE_CLASS
from .symbolic import (
    InputShape,
    constant,
    flat,
    for_each_sample,
    in_order,
    is_symbolic,
    mapped,
    mask_of,
    naming_samples,
    open_batch,
    parts,
    producers,
    recorded,
    rename,
    set_masks,
    shaped,
    unchanged,
    users_function,
)

MAX_PASSES = 32
"""Largest nesting depth of custom layers."""
LENGTHS = (16, 7, 64, 256)
"""Lengths of open axes, tried in this order when the trace is compared with the model."""
TOLERANCE = 1e-4
"""Largest difference of the trace from the model, relative to the largest output."""
SAVE_THE_MEAN = "of a sampled value (VAE), save the mean: keras.Model(inputs, mean)"
FIX = (
    "write call with keras.ops and Keras layers: no TensorFlow or NumPy functions on its tensors",
    "choose between values by keras.ops.where, not by Python's if",
)

LOOP = "a loop over steps is not traced: use keras.layers.RNN(cell), and register the cell (docs/custom.md)"


@contextmanager
def traced(model: Any, three: bool) -> Iterator[Any]:
    """The model; if it has custom layers, a functional model of Keras's own layers that computes the same.

    The user's layers are part of both. At the end of the block, their names and graph nodes are restored.

    Args:
        three: whether it is a model of Keras 3.

    Raises:
        UnsupportedError: the ``call`` of a custom layer leaves Keras, or computes other values than its trace.
    """
    if not is_custom(model):
        yield model
        return
    with unchanged(model):
        with recorded(three):
            result = _Trace(model, three).finished(model)
        _compare(model, result)
        yield result


def is_custom(layer: Any) -> bool:
    """Whether a layer is the user's own class or a Lambda, or holds one that is."""
    return any(_is_users(part) for part in parts(layer))


def _is_users(layer: Any) -> bool:
    """Whether a layer's class is the user's."""
    kind = type(layer)
    if kind.__name__ == FILE_CLASS or users_function(layer) is not None:
        return True
    if kind.__name__ in user_classes():
        return False
    return not _is_keras(kind)


def _is_keras(kind: type) -> bool:
    """Whether a class is of Keras, or of a package whose layers are read."""
    return f"{kind.__module__}.".startswith((*OURS, OPTIMIZATION)) or bool(QKERAS.fullmatch(kind.__name__))


def _is_graph(layer: Any) -> bool:
    """Whether it is a functional model or a Sequential, also of a class of the user's that only trains otherwise."""
    wired = hasattr(layer, "_nodes_by_depth") or hasattr(layer, "_functional")
    return wired and _is_keras(next(cls for cls in type(layer).__mro__ if "call" in vars(cls)))


class _Function:
    """A user's activation function, as a layer that calls it."""

    supports_masking = False

    def __init__(self, function: Any, layer: Any) -> None:
        self.function, self.name = function, layer.name

    def call(self, x: Any) -> Any:
        """Applies the function."""
        return self.function(x)


class _Trace:
    """One model being traced."""

    def __init__(self, model: Any, three: bool) -> None:
        self.source, self.three = model, three
        self.copies: dict[int, Any] = {}
        root = next(cls.__module__.split(".")[0] for cls in type(model).__mro__ if cls.__name__ == "Model")
        self.keras = sys.modules["tensorflow"].keras if root == "tensorflow" else sys.modules[root]

    def finished(self, graph: Any) -> Any:
        """The functional model without custom layers, and with arrays in place of variables."""
        for _ in range(MAX_PASSES):
            more = is_custom(graph)
            graph = self.one_pass(graph)
            if not more:
                return graph
        raise UnsupportedError("custom layers are nested too deep", where=self.source.name, why=f"limit: {MAX_PASSES}")

    def one_pass(self, graph: Any) -> Any:
        """The model on new inputs, its custom layers replaced by the operations of their ``call``. Inner ones stay."""
        inputs = mapped(self.input_like, _inputs_of(graph))
        with self.stateless():
            outputs = self.graph(graph, inputs) if _is_graph(graph) else self.call(graph, (inputs,), {})
        self.unique(outputs)
        return self.keras.Model(inputs, outputs, name=graph.name)

    def input_like(self, tensor: Any) -> Any:
        """A new model input of the same shape, type and name."""
        shape = tuple(tensor.shape)
        name = getattr(tensor, "name", None)
        return self.keras.Input(batch_shape=shape, dtype=getattr(tensor.dtype, "name", tensor.dtype), name=name)

    @contextmanager
    def stateless(self) -> Iterator[None]:
        """Keeps the values of variables.

        Raises:
            UnsupportedError: a layer changes a variable when it is called.
        """
        if not self.three:
            yield
            return
        with self.keras.StatelessScope() as scope:
            yield
        if scope.state_mapping:
            raise self.changing()

    def changing(self) -> UnsupportedError:
        """The refusal of a layer whose outputs differ at each call."""
        return UnsupportedError(
            "a custom layer draws random numbers or changes its variables in call",
            where=self.source.name,
            why="generated code computes the same outputs for the same inputs",
            fix=(SAVE_THE_MEAN, "otherwise do it only if training is True; states belong to an RNN layer"),
        )

    def apply(self, layer: Any, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """The outputs of a layer or operation on symbolic tensors."""
        args, kwargs = mapped(constant, tuple(args)), mapped(constant, kwargs)
        if (function := users_function(layer)) is not None:
            return self.call(_Function(function, layer), (self.without_function(layer)(*args, **kwargs),), {})
        if is_custom(layer) and _is_graph(layer):
            return self.graph(layer, args[0])
        if is_custom(layer):
            return self.call(layer, args, kwargs) if _is_users(layer) else self.wrapper(layer, args, kwargs)
        room, _, symbol = (getattr(layer, "symbol", None) or "").rpartition(".")  # tf_keras's random.normal
        if room == "random":
            raise self.changing()
        if symbol == "shape" and args[0].shape[0] is None:
            return np.array([-1 if n is None else n for n in args[0].shape])
        if symbol == "reshape":
            args = (args[0], open_batch(kwargs.pop("shape", args[-1]), args[0].shape))
        if None in (getattr(layer, "newshape", None) or ()):
            return self.keras.ops.reshape(args[0], open_batch(layer.newshape, args[0].shape))
        if kwargs.get("training", True) in (False, None):
            del kwargs["training"]  # with no other argument, Keras 3 records the mask
        return layer(*args, **kwargs)

    def without_function(self, layer: Any) -> Any:
        """The layer with a linear activation: a copy that shares its variables."""
        if id(layer) not in self.copies:
            twin = object.__new__(type(layer))  # Keras's own copies are made by saving
            vars(twin).update(vars(layer), activation=self.keras.activations.linear)
            vars(twin).update({name: [] for name in vars(layer) if name.startswith(("_inbound", "_outbound"))})
            self.copies[id(layer)] = twin
        return self.copies[id(layer)]

    def graph(self, model: Any, inputs: Any) -> Any:
        """The outputs of a functional model on other inputs, node by node."""
        if hasattr(model, "_functional") and model._functional is None:
            return reduce(lambda x, layer: self.apply(layer, (x,), {}), model.layers, inputs)
        model = getattr(model, "_functional", model)
        values: dict[int, Any] = dict(zip(map(id, model.inputs), flat(inputs), strict=True))
        for depth in sorted(model._nodes_by_depth, reverse=True):
            for node in model._nodes_by_depth[depth]:
                if node.is_input:
                    continue
                if self.three:
                    layer, (args, kwargs) = node.operation, node.arguments.fill_in(values)
                else:
                    layer = node.layer
                    args, kwargs = node.map_arguments({str(key): [value] * 99 for key, value in values.items()})
                outputs = self.apply(layer, args, kwargs)
                values.update(zip(map(id, flat(node.outputs)), flat(outputs), strict=True))
        structure = getattr(model, "_outputs_struct", None) if self.three else getattr(model, "_nested_outputs", None)
        return mapped(lambda tensor: values[id(tensor)], model.outputs[0] if structure is None else structure)

    def call(self, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The outputs of a custom layer's ``call`` on symbolic tensors, with masks as Keras passes and sets them."""
        parameters = inspect.signature(layer.call).parameters
        keywords = {"training": False} if "training" in parameters else {}
        first = args[0] if args else next(iter(kwargs.values()))
        mask = kwargs.get("mask")
        if mask is None:
            mask = mapped(mask_of, first)
        if "mask" in parameters and any(m is not None for m in flat(mask)):
            keywords["mask"] = mask
        passed = {key: value for key, value in kwargs.items() if key not in ("training", "mask")}
        try:
            with naming_samples(flat(first)[0]):
                outputs = layer.call(*args, **{**passed, **keywords})
            outputs = mapped(partial(for_each_sample, x=flat(first)[0]), outputs)
            if getattr(layer, "_supports_masking", layer.supports_masking) and any(m is not None for m in flat(mask)):
                set_masks(outputs, layer.compute_mask(first, mask))
        except GatesmithError:
            raise
        except Exception as error:
            raise self.refused(layer, error) from None
        if not all(map(is_symbolic, flat(outputs))):
            raise self.refused(layer, TypeError("call returns values that do not depend on its input"))
        return outputs

    def wrapper(self, layer: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        """The outputs of a TimeDistributed around a custom layer: it wraps a traced model of that layer."""
        if not isinstance(layer, self.keras.layers.TimeDistributed):
            users = next(part for part in parts(layer) if _is_users(part))
            raise UnsupportedError(
                f'layer "{layer.name}" ({type(layer).__name__}) wraps the custom class {type(users).__name__}',
                where=self.source.name,
                why="a loop over steps cannot be traced",
                fix=("use a cell of Keras's own", "or register the cell with its templates: --custom, docs/custom.md"),
            )
        shape = tuple(args[0].shape)
        x = self.keras.Input(batch_shape=(shape[0], *shape[2:]), dtype=args[0].dtype)
        model = self.keras.Model(x, self.apply(layer.layer, (x,), {}), name=layer.layer.name)
        return type(layer)(self.finished(model), name=layer.name)(*args, **kwargs)

    def unique(self, outputs: Any) -> None:
        """Gives every layer and operation that produces the outputs a unique name."""
        counts: Counter[str] = Counter()
        names: set[str] = set()
        for layer in producers(outputs, self.three):
            name = base = layer.name
            while name in names:
                counts[base] += 1
                name = f"{base}_{counts[base]}"
            names.add(name)
            rename(layer, name)

    def refused(self, layer: Any, error: Exception) -> UnsupportedError:
        """The refusal of a custom layer, with the line of its code."""
        code = getattr(getattr(layer, "function", layer.call), "__code__", None)
        file = code.co_filename if code is not None else ""
        lines = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
        place = self.source.name
        if lines:
            number = lines[-1].lineno or 0
            place += f", {Path(file).name}, line {number}: {linecache.getline(file, number).strip()}"
        message = next((line.strip() for line in str(error).splitlines() if line.strip()), "").split(". ")[0]
        return UnsupportedError(
            f'layer "{layer.name}" ({type(layer).__name__}) leaves Keras: its code cannot be traced',
            where=place,
            why=f"{type(error).__name__}: {message[:200]}",
            fix=LOOP if isinstance(layer, self.keras.layers.RNN) else FIX,
        )


def _inputs_of(model: Any) -> Any:
    """The structure of a model's inputs: tensors, or shapes that a subclassed model was called with."""
    graph = getattr(model, "_functional", None) or model
    for name in ("_inputs_struct", "_nested_inputs"):
        if (structure := getattr(graph, name, None)) is not None:
            return structure
    if hasattr(model, "_functional") and hasattr(first := parts(model)[1], "batch_shape"):
        return InputShape(first.batch_shape, first.dtype)
    spec = getattr(model, "_saved_model_inputs_spec", None)
    if spec is not None:
        return mapped(lambda one: InputShape((None, *one.shape[1:]), one.dtype), spec)
    shapes = getattr(model, "_build_shapes_dict", None) or {}
    if not shapes:
        raise UnsupportedError(
            "the shape of this model's input is not known",
            where=model.name,
            why="it was never called, or Keras could not trace its call",
            fix=("build it: model.build((None, steps, features))", *FIX),
        )
    return shaped(next(iter(shapes.values())))


def _compare(model: Any, result: Any) -> None:
    """Compares the trace with the model on random numbers.

    Raises:
        UnsupportedError: they differ, or the model cannot be called.
    """
    failure = ""
    for length, binary in product(LENGTHS, (False, True)):
        inputs = _random(result, length, binary)
        try:
            right = [np.asarray(y, np.float64) for y in flat(model(inputs, training=False))]
        except Exception as error:  # the model may need another length, or indices
            failure = f"{type(error).__name__}: {str(error).strip()[:200]}"
            continue
        ours = [np.asarray(y, np.float64) for y in flat(result(inputs, training=False))]
        for one, other in zip(right, ours, strict=True):
            bound = TOLERANCE * max(1.0, float(np.abs(one).max(initial=0.0)))
            if one.shape != other.shape or not np.allclose(one, other, rtol=0.0, atol=bound, equal_nan=True):
                raise UnsupportedError(
                    "this model computes other values than the trace of its custom layers",
                    where=model.name,
                    why="call draws random numbers, keeps a state, or computes values outside of Keras",
                    fix=(SAVE_THE_MEAN, *FIX),
                )
        return
    raise UnsupportedError("this model's custom layers cannot be called", where=model.name, why=failure)


def _random(model: Any, length: int, binary: bool) -> Any:
    """Two samples, in the structure of the model's inputs.

    Args:
        length: length of open axes.
        binary: whether floats are 0 and 1 too: they may be indices of an Embedding.
    """
    random = np.random.default_rng(1)
    samples = []
    for x in model.inputs:
        shape = [2, *(n or length for n in x.shape[1:])]
        dtype = getattr(x.dtype, "name", x.dtype)
        values = random.normal(size=shape) if "float" in dtype and not binary else random.integers(0, 2, shape)
        samples.append(values.astype(dtype))
    following = iter(samples)
    return mapped(lambda _: next(following), in_order(_inputs_of(model)))
