"""A model file as the graph it means, fitted to data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import keras
from .errors import DataError, GatesmithError, UnsupportedError
from .flow import Settings
from .graph import Array, Graph, Shape
from .keras.importer import build
from .keras.spec import Reading

LARGEST_INPUT = 1_000_000


@dataclass(frozen=True)
class Model:
    """A file that was read, and the graph it means."""

    path: Path
    reading: Reading
    graph: Graph


def load(path: Path, settings: Settings, shapes: Sequence[Shape] | None = None) -> Model:
    """Read a file and build its graph."""
    reading = keras.read(
        path, weights=settings.weights, keras_backend=settings.keras_backend, stop_before=settings.stop_before
    )
    return Model(path, reading, build(reading, shapes))


def graph_of(path_or_model: Any, **options: Any) -> Graph:
    """The graph of a file or of a live model; options as of :func:`gatesmith.keras.read`."""
    return build(keras.read(path_or_model, **options))


def fitted(model: Model, inputs: Sequence[Array], drop: int = 1) -> Model:
    """The model for sequences as long as the data's, where they differ from the file's.

    Args:
        drop: leading axes of the inputs that are not the sample's own.

    Raises:
        DataError: the model cannot take inputs of these shapes.
    """
    graph = model.graph
    shapes = []
    for index, (port, x) in enumerate(zip(graph.inputs, inputs, strict=True)):
        own, given = graph.shape(port.tensor), x.shape[drop:]
        same = len(own) == len(given) and all(
            n in (None, m) or (axis == 0 and m > 0) for axis, (n, m) in enumerate(zip(own, given, strict=True))
        )
        if not same:
            raise DataError(
                f"in_{index} has samples of shape {given}; the model's input takes {_shape_text(own)}",
                where=str(model.path),
            )
        shapes.append(tuple(given))
    if shapes == [graph.shape(port.tensor) for port in graph.inputs]:
        return model
    try:
        return replace(model, graph=build(model.reading, shapes))
    except GatesmithError as error:
        told = ", ".join(f"in_{i} {_shape_text(shape)}" for i, shape in enumerate(shapes))
        raise DataError(
            f"the model does not take inputs of these shapes: {told}", where=str(model.path), why=error.what
        ) from error


def blank(shapes: Sequence[Shape]) -> list[Array]:
    """One sample of each shape that takes no memory.

    Raises:
        UnsupportedError: a sample that no board, and no self-test, could hold.
    """
    sizes = [int(np.prod([n or 1 for n in shape])) for shape in shapes]
    if max(sizes, default=0) > LARGEST_INPUT:
        raise UnsupportedError(
            f"the model takes {max(sizes):,} values at once: more than any board holds",
            fix="build the model for shorter sequences, or leave their length open: Input((None, features))",
        )
    return [np.broadcast_to(np.float32(0), (1, *(n or 1 for n in shape))) for shape in shapes]


def _shape_text(shape: Sequence[int | None]) -> str:
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
