"""A Keras model's weights, and the graph of the model with any weights: Keras saves the model once, and other weights
then replace the saved ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import UnsupportedError
from ..core.formats import Array
from ..core.settings import Settings
from ..importers.keras.containers.stored import Archive
from ..importers.keras.dialect.interpret import interpret
from ..importers.keras.importer import build
from ..importers.keras.live.save import read
from ..importers.reading import Model

MERGE = "merge what was added to the layer (LoRA) into its kernel, and save the model again"


def assign(variables: Iterable[Any], values: Iterable[Array]) -> None:
    """Give each variable its value."""
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


class KerasWeights:
    """The weights of a Keras model by number, and the model as a graph with any values for them.

    Args:
        keras_model: a model of Keras 3; its weights are unchanged afterwards.
    """

    def __init__(self, keras_model: Any) -> None:
        self.variables = list(keras_model.weights)
        self.values: list[Array] = [variable.numpy() for variable in self.variables]
        self.archive, self.places = self._saved(keras_model)

    def _saved(self, keras_model: Any) -> tuple[Archive, dict[tuple[int, int], int]]:
        """The file that Keras saves, and the weight in each of its arrays, which random values show.

        Raises:
            UnsupportedError: an array is computed from several weights.
        """
        rng = np.random.default_rng(0)
        try:
            for variable, value in zip(self.variables, self.values, strict=True):
                if value.dtype.kind == "f":
                    variable.assign(rng.random(value.shape).astype(value.dtype))
            shaken = read(keras_model)
            marked = {(value.shape, value.tobytes()): n for n, value in enumerate(v.numpy() for v in self.variables)}
        finally:
            assign(self.variables, self.values)
        archive, places = read(keras_model), {}
        for g, (group, real) in enumerate(zip(shaken.groups, archive.groups, strict=True)):
            for a, array in enumerate(group.arrays):
                number = marked.get((array.data.shape, array.data.tobytes()))
                if number is not None:
                    places[g, a] = number
                elif not np.array_equal(array.data, real.arrays[a].data):
                    raise UnsupportedError(
                        f"{array.path}: what Keras saves is made of several weights, which cannot be tuned", fix=MERGE
                    )
        return archive, places

    def model(self, values: Sequence[Array], path: Path, length: tuple[str, ...]) -> Model:
        """The model with other weights.

        Args:
            path: its name in messages. length: as in :class:`gatesmith.core.settings.Settings`.
        """
        groups = []
        for g, group in enumerate(self.archive.groups):
            arrays = [
                replace(array, data=values[self.places[g, a]]) if (g, a) in self.places else array
                for a, array in enumerate(group.arrays)
            ]
            groups.append(replace(group, arrays=tuple(arrays)))
        reading = interpret(replace(self.archive, groups=tuple(groups), path=str(path)), Settings(length=length))
        return Model(path, reading, build(reading))

    def sibling(self, number: int, name: str) -> int | None:
        """The number of another weight of the same layer, by its name."""
        layer = self.variables[number].path.rpartition("/")[0]
        return next((n for n, v in enumerate(self.variables) if v.path == f"{layer}/{name}"), None)
