"""Lengths that a model leaves open, fixed by a person: some layers need them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ...core.errors import UsageError
from .spec import LayerSpec, ModelSpec


def fixed(model: ModelSpec, said: Sequence[str], file: str) -> ModelSpec:
    """The model with the first axis of its inputs fixed where the file leaves it open.

    Args:
        said: ``"20"`` for every open input, or ``"NAME=20"`` for one, by name or number (``in_0``).
        file: for messages.

    Raises:
        UsageError: no number, no such input, or nothing of it is open.
    """
    layers = dict(model.layers)
    names = model.input_keys or tuple(ref.layer for ref in model.inputs)
    for one in said:
        name, _, steps = one.rpartition("=")
        if not (steps.isascii() and steps.isdigit() and 0 < int(steps) < 2**31):
            raise UsageError(f'--length "{one}" is no number of steps', fix="--length 20, or --length INPUT=20")
        chosen = [index for index, own in enumerate(names) if name in ("", own, f"in_{index}")]
        if not chosen:
            raise UsageError(
                f'--length "{one}": the model has no input of that name',
                where=file,
                fix=f"its inputs are: {', '.join(names)}",
            )
        met = False
        for index in chosen:
            layer = layers[model.inputs[index].layer]
            assert isinstance(layer, LayerSpec)
            shape = layer.config["shape"]
            if shape and shape[0] is None:
                met = True
                layers[layer.name] = replace(layer, config={**layer.config, "shape": (int(steps), *shape[1:])})
        if not met:
            raise UsageError(f'--length "{one}": no length is left open there', where=file, fix="leave it out")
    return replace(model, layers=layers)
