"""A Keras model whose matrices are rounded for each call, and the integer graph of its rounded weights."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import ModelError, UnsupportedError, UsageError
from ..core.formats import Array
from ..core.graph import Graph
from ..core.settings import ANYTHING, Settings
from ..importers.keras.containers import archive
from ..importers.keras.dialect.kinds import user_classes, user_modules
from ..importers.keras.live import custom
from ..importers.keras.live.process import QUIET, words
from ..importers.reading import Model
from ..numerics.base import Numeric
from ..oracle.judge import foreign_part
from ..quantization.prepare import Quantized, quantized
from ..quantization.quantize import quantize
from .grid import Grid
from .origin import sources
from .weights import KerasWeights, assign

STEADY = (0.05, 50.0)
"""Limits of the standard deviation of sums whose biases are tuned: beyond them a step of .001 is far too large or too
small."""


def import_keras() -> Any:
    """Imports Keras, on TensorFlow unless the user chose otherwise, without its messages about the machine."""
    if "tensorflow" in sys.modules:
        import keras

        return keras
    os.environ.update(QUIET | dict(os.environ))
    sys.stderr.flush()
    stderr, silent = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 2)  # its C++ writes there before it reads its log level
    try:
        import keras

        keras.ops.convert_to_tensor(0.0)
    finally:
        os.dup2(stderr, 2)
        os.close(stderr)
        os.close(silent)
    return keras


def load_keras(path: Path, settings: Settings = ANYTHING) -> Any:
    """The model that Keras 3 loads from a file, with Keras's layers in place of the user's.

    Args:
        settings: the settings to read the file with.

    Raises:
        UsageError: Keras runs on another backend than TensorFlow, or the model is not one file.
        UnsupportedError: the file names classes that are neither Keras's own nor the user's.
        ModelError: Keras cannot load it.
    """
    if settings.weights is None and path.suffix not in (".keras", ".h5", ".hdf5"):
        raise UsageError(
            "tuning takes one model file, .keras or HDF5; or JSON with --weights",
            where=str(path),
            fix='save the model as one file, in Python: model.save("model.keras")',
        )
    file = path if settings.custom is None else custom.load(path, settings.custom).path
    content = archive.read(file, settings.weights)
    if foreign := foreign_part(content.config, user_classes()):
        raise UnsupportedError(
            f"the file names {foreign}, which Keras would import",
            where=str(path),
            fix="in Python, gatesmith.tune(model, x) takes the live model",
        )
    named = os.environ.get("KERAS_BACKEND") or "tensorflow"  # which Keras, if it is not here, does not survive
    backend = import_keras().backend.backend() if named == "tensorflow" else named
    if backend != "tensorflow":
        raise UsageError(
            f"tuning needs Keras on TensorFlow, not on {backend}",
            fix="set KERAS_BACKEND=tensorflow before Keras is imported",
        )
    try:
        architecture = json.dumps(content.config) if settings.weights else ""
        return custom.load_model(import_keras(), settings.weights or file, user_modules(), architecture, content.logits)
    except Exception as error:
        why = f"{type(error).__name__}: {words(error)[:300]}"
        raise ModelError("Keras cannot load this file", where=str(path), why=why) from None


class Student:
    """A model that is trained with its weights rounded.

    Args:
        path: a model file.
        settings: settings with calibration data.
        numeric: an integer type whose weights have 8 bits or fewer.

    Raises:
        GatesmithError: the model, the data or the numeric type are refused.
    """

    def __init__(self, path: Path, settings: Settings, numeric: Numeric) -> None:
        if not numeric.integer or numeric.weights.bits > 8:
            why = f"{numeric.name} has nothing to tune: its weights are not rounded to few levels"
            raise UsageError(
                why if settings.numeric else "tuning needs a numeric type, and none is named",
                fix="--numeric int8w2, int8w4, int8 or int16w8",
            )
        self.path, self.settings, self.numeric = path, settings, numeric
        self.keras_model = load_keras(path, settings)
        for layer in self.keras_model._flatten_layers():
            if hasattr(layer, "moving_variance"):
                layer.trainable = False  # matrices include it as a constant factor
        self.weights = KerasWeights(self.keras_model)
        self.float_values = self.weights.values
        self.start = self.quantized(self.float_values)
        self.grids: list[Grid] = []
        self.biases: set[int] = set()
        self.covered: set[int] = set()  # numbers of the variables with values from grids
        self.begin()

    def begin(self) -> None:
        """Put the matrices on their grids, with initial weights from joint rounding."""
        matrices = sources(self.start.graph, self.float_values, lambda values: self.graph(values, moments=False))
        values = [value.copy() for value in self.float_values]
        offsets = np.cumsum([0, *(value.size for value in values)])
        end = int(offsets[-1])
        self.take = np.arange(end)
        for source in matrices.values():
            if np.any(self.take[source.index] != source.index):
                continue  # a layer that is used twice has one grid
            grid = Grid(source)
            self.grids.append(grid)
            self.take[source.index] = end + np.arange(source.index.size).reshape(source.index.shape)
            end += source.index.size
            numbers = np.unique(np.searchsorted(offsets, source.index, side="right") - 1).tolist()
            self.covered |= set(numbers)
            self._compensate(values, numbers[0], source.index - offsets[numbers[0]], grid)
        assign(self.weights.variables, values)

    def _compensate(self, values: list[Array], number: int, places: Array, grid: Grid) -> None:
        """Let a matrix's bias compensate the mean error of rounding. The bias is learned too, if the optimizer's steps
        fit the size of the sums."""
        bias = self.weights.sibling(number, "bias")
        if bias is None or values[bias].ndim > 2:
            return
        value = values[bias]
        rows = value if value.ndim == 1 else value[int("recurrent" in self.weights.variables[number].path)]
        columns = places[0] % rows.size
        rows[columns] += grid.missing.astype(rows.dtype)
        if STEADY[0] < grid.deviation < STEADY[1] and rows.dtype == np.float32:
            self.biases.add(bias)

    @property
    def learned(self) -> list[Any]:
        """The tuned variables: biases, and matrices with their scales; others, such as tables, are fixed."""
        biases = [self.weights.variables[number] for number in sorted(self.biases)]
        return [*biases, *(variable for grid in self.grids for variable in grid.variables)]

    def rounded(self) -> list[Any]:
        """All weights as tensors in Keras's order, with matrices on their grids."""
        import tensorflow as tf

        values = [tf.convert_to_tensor(variable.value) for variable in self.weights.variables]
        if not self.grids:
            return values
        parts = [tf.reshape(tf.cast(value, tf.float32), (-1,)) for value in values]
        parts += [tf.reshape(grid.value() / grid.source.factor.astype(np.float32), (-1,)) for grid in self.grids]
        flat = tf.gather(tf.concat(parts, 0), self.take)
        pieces = tf.split(flat, [int(np.prod(value.shape)) for value in values])
        return [tf.cast(tf.reshape(p, v.shape), v.dtype) for p, v in zip(pieces, values, strict=True)]

    def numbers(self) -> list[Array]:
        """The rounded weights as arrays, to be saved."""
        return [np.asarray(value) for value in self.rounded()]

    def call(self, model: Any, values: Sequence[Any], inputs: Any, training: bool = False) -> tuple[Any, Any]:
        """The outputs of a model of the same layers with other weights, and its new states."""
        replaced = {id(variable): value for variable, value in zip(self.weights.variables, values, strict=True)}
        trained = [replaced[id(variable)] for variable in model.trainable_variables]
        others = [replaced.get(id(variable), variable.value) for variable in model.non_trainable_variables]
        result, states = model.stateless_call(trained, others, inputs, training=training)
        return result, states

    def model(self, values: Sequence[Array]) -> Model:
        return self.weights.model(values, self.path, self.settings.length)

    def quantized(self, values: Sequence[Array]) -> Quantized:
        """The integer form of the model with other weights, as ``generate`` computes it."""
        return quantized(self.model(values), self.settings, self.numeric)

    def graph(self, values: Sequence[Array], moments: bool = True) -> Graph:
        """The integer graph of other weights, with the ranges of the model's initial weights."""
        ranges = self.start.ranges if moments else replace(self.start.ranges, moments={})
        return quantize(self.model(values).fused, ranges, self.numeric, self.start.types)
