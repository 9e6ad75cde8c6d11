"""Shapes of inputs that the file leaves open: inferred from the weights of later layers, or given by the user."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from ....core.errors import ModelError, UsageError
from ....core.graph import Shape, shape_text
from .kinds import KINDS, Sample
from .site import Site
from .spec import LayerSpec, ModelSpec, Ref

EXAMPLE = 28
"""Example of an unknown length, in advice."""


def with_shapes(model: ModelSpec, sizes: Sequence[str], note: Callable[[str], None], file: str) -> ModelSpec:
    """The model with the shapes of its inputs completed.

    A Sequential that was saved before it was built has no input shape, and an input's last axis may be open though a
    kernel follows. The first weights after the input determine both.

    Args:
        sizes: ``"20"`` for the first axis of every input that leaves it open, ``"28,28,1"`` for a whole shape;
            ``"NAME=20"`` for one input, by name or number (``in_0``).
        note: receives a note on each shape from weights.
        file: the file, for messages.

    Raises:
        UsageError: no shape, no such input, or its shape is not open.
        ModelError: an input whose shape stays unknown.
    """
    names = model.input_keys or tuple(ref.layer for ref in model.inputs)
    inputs = [_Input.of(model, ref, name) for ref, name in zip(model.inputs, names, strict=True)]
    for one in sizes:
        name, _, text = one.rpartition("=")
        numbers = _numbers(one, text)
        chosen = [port for index, port in enumerate(inputs) if name in ("", port.name, f"in_{index}")]
        if not chosen:
            raise UsageError(
                f'--length "{one}": the model has no input of that name',
                where=file,
                fix=f"its inputs are: {', '.join(names)}",
            )
        if not sum(port.take(numbers) for port in chosen):
            raise _not_open(one, numbers, chosen, file)
    layers = dict(model.layers)
    for port in inputs:
        if port.shape is None or (port.stated is None and port.shape.count(None) > 1):
            raise _unknown_shape(model, port, file)
        if port.shape != port.stated:
            layers[port.layer.name] = replace(port.layer, config={**port.layer.config, "shape": port.shape})
            if port.by_weights:
                note(f"input {port.name}: its shape, {shape_text(port.shape)}, is told by the weights behind it")
    return replace(model, layers=layers)


@dataclass
class _Input:
    """An input of the model whose shape is being completed."""

    name: str
    layer: LayerSpec
    stated: Shape | None
    """The shape in the file."""
    shape: Shape | None
    by_weights: bool

    @staticmethod
    def of(model: ModelSpec, ref: Ref, name: str) -> _Input:
        layer = model.layers[ref.layer]
        assert isinstance(layer, LayerSpec)
        stated: Shape | None = layer.config["shape"]
        sample = None if stated is not None and None not in stated[-1:] else sample_at(model, ref)
        shape = stated
        if sample is not None and stated is None:
            shape = tuple(n for n in sample if n is not ...)
        elif sample is not None and stated and stated[-1] is None:
            shape = (*stated[:-1], sample[-1] if sample[-1] is not ... else None)
        return _Input(name, layer, stated, shape, shape != stated)

    def take(self, numbers: tuple[int, ...]) -> bool:
        """Fixes the open axes; False if the numbers do not fit, or no axis is open."""
        shape = self.shape
        alike = shape is not None and len(shape) == len(numbers)
        fits = alike and all(n in (None, m) for n, m in zip(shape or (), numbers, strict=True))
        is_unknown = self.stated is None and (shape is None or len(numbers) > 1)
        if is_unknown or (shape is not None and fits and (shape != self.stated or None in shape)):
            self.shape, self.by_weights = numbers, False
        elif shape and len(numbers) == 1 and shape[0] is None:
            self.shape = (*numbers, *shape[1:])
        else:
            return False
        return True


def sample_at(model: ModelSpec, ref: Ref) -> Sample | None:
    """The shape of a model's input as far as the weights of later layers determine it."""
    return _samples(model, {}).get(ref)


def _samples(model: ModelSpec, nested: dict[int, dict[Ref, Sample]]) -> dict[Ref, Sample]:
    """The same for every tensor with such a shape. A nested model is examined once, not at each use."""
    samples: dict[Ref, Sample] = {}
    for call in reversed(model.calls):
        spec, output = model.layers[call.layer], samples.get(Ref(call.layer, call.call))
        if isinstance(spec, ModelSpec):
            if id(spec) not in nested:
                nested[id(spec)] = _samples(spec, nested)
            inputs = [nested[id(spec)].get(ref) for ref in spec.inputs]
        else:
            kind = KINDS[spec.class_name]
            sample = kind.sample(spec)
            inputs = [sample or (output if kind.same_width else None)] * len(call.inputs)
        samples |= {ref: _ranked(one, output) for ref, one in zip(call.inputs, inputs, strict=True) if one is not None}
    return samples


def _ranked(sample: Sample, output: Sample | None) -> Sample:
    """The shape for a layer on any number of axes: it has as many as later layers need."""
    open_rank = sample[0] is ... and output is not None and output[0] is not ...
    return (*(None,) * (len(output or ()) - 1), sample[-1]) if open_rank else sample


def _numbers(one: str, text: str) -> tuple[int, ...]:
    parts = text.strip("() ").split(",")
    if len(parts) > 1 and not parts[-1].strip():  # (20,)
        parts.pop()
    if not all(re.fullmatch(r" *[0-9]{1,10} *", part) and 0 < int(part) < 2**31 for part in parts):
        raise UsageError(
            f'--length "{one}" is no number of steps, and no shape',
            fix="--length 20, or --length INPUT=20; a whole shape: --input-shape 28,28,1",
        )
    return tuple(map(int, parts))


def _not_open(one: str, numbers: tuple[int, ...], chosen: Sequence[_Input], file: str) -> UsageError:
    if len(numbers) == 1:
        return UsageError(f'--length "{one}": no length is left open there', where=file, fix="leave it out")
    shapes = ", ".join(f"{port.name} {shape_text(port.shape or ())}" for port in chosen)
    return UsageError(f'--input-shape "{one}" does not fit what the file says: {shapes}', where=file)


def _unknown_shape(model: ModelSpec, port: _Input, file: str) -> ModelError:
    users = (call.layer for call in model.calls if any(ref.layer == port.layer.name for ref in call.inputs))
    first = next(users, port.layer.name)
    neighbours = [(name, spec.file_class if isinstance(spec, LayerSpec) else spec.class_name)
                  for name, spec in model.layers.items() if name != port.layer.name]  # fmt: skip
    site = Site(file).layer(first, dict(neighbours).get(first, "InputLayer"), neighbours)
    example = ",".join(str(n or EXAMPLE) for n in port.shape or (EXAMPLE, EXAMPLE, 1))
    evidence = f"its weights tell {shape_text(port.shape)}, and no sizes" if port.shape else "no weights tell it"
    return site.broken(
        "comes first, and the file does not say which shape its input has",
        f"the model was saved before it was built; {evidence}",
        f"say it, with your sizes: --input-shape {example}",
        "or add keras.Input(shape=...) as the first layer and save again",
    )
