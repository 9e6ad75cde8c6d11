"""A random model as plain data, so that it can be built twice and kept in a file."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pprint import pformat
from typing import Any

import numpy as np
from layers.cases import Layer
from layers.feeds import DTYPES, ROWS
from layers.lab import make
from layers.signatures import In


@dataclass(frozen=True)
class Given:
    """Stands in a call for an input of the step."""

    index: int


@dataclass(frozen=True)
class Call:
    """A bare operator: a function of Keras 3 or of TensorFlow, and what it is given."""

    path: str
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]

    def __str__(self) -> str:
        words = [*map(str, self.arguments), *(f"{key}={value}" for key, value in self.named.items())]
        return f"{self.path}({', '.join(words)})"

    def on(self, keras: Any, tensors: Sequence[Any]) -> Any:
        """The function's result for these tensors."""
        function = function_of(keras, self.path)
        named = {key: _argument(value, keras, tensors) for key, value in self.named.items()}
        return function(*(_argument(value, keras, tensors) for value in self.arguments), **named)


def with_inputs(value: Any, given: Callable[[In], Given]) -> Any:
    """An argument of a signature as a call has it; ``given`` chooses the input of the step for one of a kind."""
    if isinstance(value, In):
        return given(value)
    return type(value)(with_inputs(item, given) for item in value) if isinstance(value, (list, tuple)) else value


def function_of(keras: Any, path: str) -> Any:
    """The function of a path below Keras 3, or below TensorFlow for tf_keras."""
    value = import_module("tensorflow") if keras.__name__ == "tf_keras" else keras
    for name in path.split("."):
        value = getattr(value, name)
    return value


def _argument(value: Any, keras: Any, tensors: Sequence[Any]) -> Any:
    if isinstance(value, Given):
        return tensors[value.index]
    if isinstance(value, np.ndarray):
        # Beside a tensor of float64 TensorFlow takes numbers, and no array of float32.
        return value.tolist() if keras.__name__ == "tf_keras" else value
    if isinstance(value, (list, tuple)):
        return type(value)(_argument(item, keras, tensors) for item in value)
    return value


Ref = tuple[str, int]
"""A tensor: the source or step that makes it, and which of its outputs."""


@dataclass(frozen=True)
class Source:
    """An input of a model: its shape without rows (None is a length left open), and what it is fed."""

    id: str
    shape: tuple[int | None, ...]
    feed: str = "gentle"
    marker: float = 0.0
    name: str | None = None


@dataclass(frozen=True)
class Step:
    """One use of a layer, of a nested model or of an operator.

    Args:
        layer: what is used; None where ``shared`` names the step whose layer is used again.
        inputs: the tensors; more than one are given as a list.
        initial: initial states.
        mask: what a mask by hand is made from: itself if it holds truths, otherwise by Masking of value 0.
    """

    id: str
    layer: Layer | Recipe | Call | None
    inputs: tuple[Ref, ...]
    initial: tuple[Ref, ...] = ()
    shared: str = ""
    mask: Ref | None = None


@dataclass(frozen=True)
class Recipe:
    """A model. ``form``: ``functional``, or ``sequential`` (a row of steps with one input and one output each), whose
    shape may also be given to its first layer only (``open``, tf_keras). ``keys``: whether inputs and outputs have the
    names of a dictionary."""

    sources: tuple[Source, ...]
    steps: tuple[Step, ...]
    outputs: tuple[Ref, ...]
    form: str = "functional"
    keys: tuple[bool, bool] = (False, False)
    name: str | None = None

    def pruned(self) -> Recipe:
        """Without what no output needs."""
        needed = {ident for ident, _ in self.outputs}
        steps = []
        for step in reversed(self.steps):
            if step.id in needed:
                steps.append(step)
                needed |= {ident for ident, _ in (*step.inputs, *step.initial, *((step.mask,) if step.mask else ()))}
                needed |= {step.shared} - {""}
        sources = tuple(source for source in self.sources if source.id in needed)
        return replace(self, steps=tuple(reversed(steps)), sources=sources)

    def layers(self) -> Iterator[Layer]:
        """All layers, also those inside others."""
        for step in self.steps:
            yield from inside(step.layer)

    def calls(self) -> Iterator[Call]:
        """All operators, also those of nested models."""
        for step in self.steps:
            if isinstance(step.layer, Call):
                yield step.layer
            elif isinstance(step.layer, Recipe):
                yield from step.layer.calls()

    @property
    def stateful(self) -> bool:
        return any(layer.config.get("stateful") for layer in self.layers())


@dataclass(frozen=True)
class Plan:
    """A model and how it is saved.

    Args:
        package: the Keras that makes it.
        container: ``keras``, ``h5``, ``json`` (with a file of weights) or ``savedmodel``.
        policy: its dtype policy.
    """

    seed: int
    package: str
    container: str
    policy: str
    recipe: Recipe

    def dumps(self) -> str:
        return pformat(self, width=120)


def inside(value: Any) -> Iterator[Layer]:
    """The layers of an option's value, of a layer, or of a model."""
    if isinstance(value, Layer):
        yield value
        for option in value.config.values():
            yield from inside(option)
    elif isinstance(value, Recipe):
        yield from value.layers()
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from inside(item)


def build(recipe: Recipe, keras: Any, stateful: bool | None = None) -> Any:
    """The recipe's model in this Keras.

    Raises:
        Exception: whatever Keras has to say against it.
    """
    fixed = recipe.stateful if stateful is None else stateful
    if recipe.form == "sequential":
        first, *rest = [realize(keras, step.layer) for step in recipe.steps]
        inputs = entry(recipe.sources[0], keras, fixed)
        return keras.Sequential([inputs, first, *rest], **({"name": recipe.name} if recipe.name else {}))
    tensors: dict[Ref, Any] = {}
    objects: dict[str, Any] = {}
    for source in recipe.sources:
        tensors[source.id, 0] = entry(source, keras, fixed)
    for step in recipe.steps:
        for index, tensor in enumerate(apply(step, keras, tensors, objects, fixed)):
            tensors[step.id, index] = tensor
    inputs = [tensors[source.id, 0] for source in recipe.sources]
    outputs = [tensors[ref] for ref in recipe.outputs]
    ins = {f"{'zyxwvut'[i]}_in": x for i, x in enumerate(inputs)} if recipe.keys[0] else inputs
    outs = {f"{'zyxwvut'[i]}_out": y for i, y in enumerate(outputs)} if recipe.keys[1] else outputs
    if len(inputs) == 1 and not recipe.keys[0]:
        ins = inputs[0]
    if len(outputs) == 1 and not recipe.keys[1]:
        outs = outputs[0]
    return keras.Model(ins, outs, **({"name": recipe.name} if recipe.name else {}))


def apply(
    step: Step, keras: Any, tensors: Mapping[Ref, Any], objects: dict[str, Any], stateful: bool = False
) -> list[Any]:
    """The outputs of a step; its layer object is kept under its id.

    Raises:
        TypeError: an operator's answer is no tensor of the model.
    """
    if isinstance(step.layer, Call):
        results = flat(step.layer.on(keras, [tensors[ref] for ref in step.inputs]))
        if not all(map(is_tensor, results)):
            raise TypeError(step.layer.path)
        return results
    if step.shared:
        live = objects[step.shared]
    elif isinstance(step.layer, Recipe):
        live = build(step.layer, keras, stateful)
    else:
        live = realize(keras, step.layer)
    objects[step.id] = live
    inputs = [tensors[ref] for ref in step.inputs]
    options: dict[str, Any] = {}
    if step.initial:
        states = [tensors[ref] for ref in step.initial]
        options["initial_state"] = states if len(states) > 1 else states[0]
    if step.mask is not None:
        mask = tensors[step.mask]
        options["mask"] = mask if is_truth(mask) else keras.layers.Masking().compute_mask(mask)
    if len(inputs) > 1 and not isinstance(step.layer, Recipe) and _apart(live):
        return flat(live(*inputs, **options))
    return flat(live(inputs if len(inputs) > 1 else inputs[0], **options))


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of a model that is being built."""
    return type(value).__name__ == "KerasTensor"


def is_truth(tensor: Any) -> bool:
    """Whether a tensor's values are true or false."""
    return getattr(tensor.dtype, "name", tensor.dtype) == "bool"


def _apart(layer: Any) -> bool:
    """Whether it is called with each input as an argument of its own: more than one parameter has no default."""
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    parameters = inspect.signature(layer.call).parameters.values()
    return sum(p.default is inspect.Parameter.empty and p.kind in kinds for p in parameters) > 1


def realize(keras: Any, layer: Any) -> Any:
    """A layer object; models among its options are built first."""
    if isinstance(layer, Recipe):
        return build(layer, keras)
    return make(keras, _with_models(layer, lambda recipe: build(recipe, keras)))


def _with_models(layer: Layer, built: Callable[[Recipe], Any]) -> Layer:
    config = {}
    for key, value in layer.config.items():
        if isinstance(value, Recipe):
            config[key] = built(value)
        elif isinstance(value, Layer):
            config[key] = _with_models(value, built)
        else:
            config[key] = value
    return Layer(layer.class_name, config)


def rounded(value: Any) -> Any:
    """A model whose numbers are those that float32 has: a mask's value must be met in float64 too."""
    if isinstance(value, float):
        return float(np.float32(value))
    if isinstance(value, Layer):
        return Layer(value.class_name, {key: rounded(item) for key, item in value.config.items()})
    if isinstance(value, Mapping):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, (Recipe, Step, Call)):
        return replace(value, **{key: rounded(item) for key, item in vars(value).items()})
    return type(value)(map(rounded, value)) if isinstance(value, (list, tuple)) else value


def flat(value: Any) -> list[Any]:
    """Tensors in Keras's own order: a dictionary's by their keys."""
    if isinstance(value, dict):
        return [item for key in sorted(value) for item in flat(value[key])]
    if isinstance(value, (list, tuple)):
        return [item for part in value for item in flat(part)]
    return [value]


def entry(source: Source, keras: Any, stateful: bool) -> Any:
    """The input, in float64 where layers are: some compute in the type of what they are given."""
    options: dict[str, Any] = {"shape": source.shape}
    policies = keras.mixed_precision
    policy = policies.global_policy() if hasattr(policies, "global_policy") else policies.dtype_policy()
    if policy.name == "float64":
        options["dtype"] = "float64"
    if stateful:
        options["batch_size"] = ROWS
    if source.feed in DTYPES:
        options["dtype"] = DTYPES[source.feed]
    if source.name:
        options["name"] = source.name
    return keras.Input(**options)
