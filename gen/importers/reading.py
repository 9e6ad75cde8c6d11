"""The graph of a model file, fitted to data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, GatesmithError
from ..core.graph import Array, Graph, Shape, shape_text
from ..core.settings import READING, Settings
from ..passes.fuse import fuse
from ..passes.stream_facts import sequences
from . import keras
from .keras.dialect.spec import Reading
from .keras.importer import build

IN_FILE = "; the model's file says "
"""Part of the note of a model that was fitted to samples of another length than the file's."""


@dataclass(frozen=True)
class Model:
    """A file that was read, and its graph."""

    path: Path
    reading: Reading
    graph: Graph

    @cached_property
    def fused(self) -> Graph:
        """The graph for backends, with ops joined that are computed as one. An oracle runs ``graph``."""
        return fuse(self.graph)


def read(path: Path, settings: Settings, gates_only: bool = False) -> Reading:
    """Read a file with these settings; ``gates_only`` as in :func:`gatesmith.importers.keras.read`."""
    reading = keras.read(path, settings, gates_only)
    if settings.shown is None:
        return reading
    return replace(reading, source=replace(reading.source, path=settings.shown))


FileOrModel = Path | Model
"""A model's file, or the model that was read from it."""


def load(file_or_model: FileOrModel, settings: Settings, shapes: Sequence[Shape] | None = None) -> Model:
    """Read a file and build its graph; a model that was read is returned as it is."""
    if isinstance(file_or_model, Model):
        return file_or_model
    reading = read(file_or_model, settings)
    model = Model(file_or_model, reading, build(reading, shapes))
    return model if settings.window is None or shapes is not None else windowed(model, settings.window)


def windowed(model: Model, steps: int) -> Model:
    """The model for sequences of so many steps; inputs without steps stay."""
    timed = sequences(model.graph)
    shapes = {port.tensor: model.graph.shape(port.tensor) for port in model.graph.inputs}
    return fitted(model, blank([(steps, *shape[1:]) if tensor in timed else shape for tensor, shape in shapes.items()]))


def graph_of(path_or_model: Any, **options: Any) -> Graph:
    """The graph of a file or of a live model; options as in :class:`gatesmith.core.settings.Settings`."""
    if unknown := options.keys() - {*READING}:
        raise TypeError(f"there is no option {', '.join(sorted(unknown))}")
    return build(keras.read(path_or_model, Settings(**options)))


def fitted(model: Model, inputs: Sequence[Array], data: Path | None = None) -> Model:
    """The model for sequences of the data's lengths, if they differ from the file's.

    Args:
        data: the file of the inputs, which errors name if they do not fit.

    Raises:
        DataError: the model cannot take inputs of these shapes.
    """
    in_file = [model.graph.shape(port.tensor) for port in model.graph.inputs]
    for index, (expected, x) in enumerate(zip(in_file, inputs, strict=True)):
        _check(model, index, expected, x, data)
    shapes = [tuple(x.shape[1:]) for x in inputs]
    if shapes == in_file:
        return model
    try:
        graph = build(model.reading, shapes)
    except GatesmithError as error:
        listed = ", ".join(f"in_{i} {shape_text(shape)}" for i, shape in enumerate(shapes))
        trained = ", ".join(f"in_{i} {shape_text(shape)}" for i, shape in enumerate(in_file))
        raise DataError(
            f"the model does not take inputs of these shapes: {listed}",
            where=str(data or model.path),
            why=error.what,
            fix=error.fix or f"give samples as in training: {trained}",
        ) from error
    pairs = [(shape[0], fixed[0]) for shape, fixed in zip(shapes, in_file, strict=True) if shape]
    other = [f"length {n}{IN_FILE}{m}" for n, m in pairs if m not in (None, n)]
    if data is None or not other or any(IN_FILE in note for note in model.graph.notes):
        return replace(model, graph=graph)
    return replace(model, graph=replace(graph, notes=(*graph.notes, f"samples of {data.name} have {other[0]}")))


def _check(model: Model, index: int, expected: Shape, x: Array, data: Path | None) -> None:
    """Checks that an input of a model takes an array's samples, of any length; arguments as in :func:`fitted`.

    Raises:
        DataError: it does not take them, or steps seem to come before samples.
    """
    shape, where, why = x.shape[1:], str(data or model.path), f"the model is {model.path}" if data else ""
    same = len(expected) == len(shape) and all(
        n in (None, m) or (axis == 0 and m > 0) for axis, (n, m) in enumerate(zip(expected, shape, strict=True))
    )
    if not same:
        raise DataError(
            f"in_{index} has samples of shape {shape}; the model's input takes {shape_text(expected)}",
            where=where,
            why=why,
            fix=_advice(expected, x.shape),
        )
    if data is not None and len(shape) > 1 and 1 < len(x) == expected[0] != shape[0]:
        raise DataError(
            f"in_{index} has shape {x.shape}: steps seem to come first, before samples",
            where=where,
            why=f"{why}, which takes {shape_text(expected)}",
            fix=(
                "np.swapaxes(x, 0, 1) if they do",
                f"if these are {len(x)} samples of {shape[0]} steps, leave one out: x[1:]",
            ),
        )


def _advice(expected: Shape, shape: Sequence[int]) -> tuple[str, ...]:
    """Advice that makes an array of samples fit an input: axes in another order, one too few, one too many, and more.

    Args:
        expected: shape of a sample.
        shape: shape of the array, samples first.
    """

    def fits(shape: Sequence[int]) -> bool:
        return len(shape) == len(expected) and all(n in (None, m) for n, m in zip(expected, shape, strict=True))

    sample = list(shape[1:])
    forms = [(list(shape), "it looks like one sample: x[np.newaxis] gives it the sample axis")]
    for order in permutations(range(len(sample))) if len(sample) <= 4 else ():
        axes = ", ".join(map(str, [0, *(axis + 1 for axis in order)]))
        forms.append(([sample[axis] for axis in order], f"its axes are in another order: np.transpose(x, ({axes}))"))
    for axis in (axis for axis, n in enumerate(sample) if n == 1):
        more = f"it has an axis too many: np.squeeze(x, {axis + 1})"
        forms.append((sample[:axis] + sample[axis + 1 :], more))
    for axis in (len(sample), *range(len(sample))):
        forms.append(([*sample[:axis], 1, *sample[axis:]], f"it lacks an axis of 1: np.expand_dims(x, {axis + 1})"))
    if advice := next((advice for form, advice in forms if fits(form)), ""):
        return (advice,)
    if int(np.prod(sample)) and all(expected) and int(np.prod(sample)) == int(np.prod([n or 1 for n in expected])):
        return (f"as many values in another shape: x.reshape({', '.join(map(str, [-1, *expected]))})",)
    if expected and tuple(sample) == expected[1:] and (steps := expected[0]) and shape[0] > steps:
        cut = f"x[:{shape[0] // steps * steps}].reshape{(-1, *expected)}"
        return (f"it looks like one recording: {cut} cuts it into windows",)
    if len(sample) != len(expected):
        whole = ", ".join(["samples", *("steps" if n is None else str(n) for n in expected)])
        return (f"bring it to the shape ({whole}), as in training",)
    axis = max(at for at, (n, m) in enumerate(zip(expected, sample, strict=True)) if n not in (None, m) or m == 0)
    if axis == len(expected) - 1:
        return (f"axis {axis + 1} is the features: give the {expected[axis]} of the training, in their order",)
    return (f"cut or pad axis {axis + 1} to {expected[axis]}, as in training",)


def blank(shapes: Sequence[Shape]) -> list[Array]:
    """One sample of each shape, which takes no memory."""
    return [np.broadcast_to(np.float32(0), (1, *(n or 1 for n in shape))) for shape in shapes]
