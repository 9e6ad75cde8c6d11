"""A model in the integers that settings ask for, by ranges that calibration data show."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from . import samples, target
from .calibrate import calibrate
from .errors import DataError, UsageError
from .flow import Settings
from .graph import Array, Graph
from .layers.integer import Ranges
from .numerics import NUMERICS
from .numerics.base import Numeric
from .passes.fuse import fuse
from .passes.quantize import quantize
from .passes.weights import round_weights
from .reading import Model, fitted

SYNTHETIC = "synthetic"
SYNTHETIC_SAMPLES = 64


def numeric_of(settings: Settings, board: target.Target) -> Numeric:
    """The numeric type that settings ask for, or the target's own.

    Raises:
        UsageError: there is none of that name, or the target does not take it.
    """
    name = settings.numeric or board.numerics[0]
    if name not in board.numerics or name not in NUMERICS:
        raise UsageError(
            f'target {board.name} has no numeric type "{name}"', fix=f"choose one of: {', '.join(board.numerics)}"
        )
    return NUMERICS[name]


def in_numbers(model: Model, settings: Settings, numeric: Numeric) -> Graph:
    """The graph to generate: the model's own, or its integer form.

    Raises:
        UsageError: an integer type without calibration.
        UnsupportedError: a layer has no integer form.
    """
    if not numeric.integer:
        return model.graph if numeric.weights == "float32" else round_weights(model.graph)
    if settings.calibration is None:
        raise UsageError(
            f"{numeric.name} needs to know which values the model meets",
            fix=(
                "--calibration DATA.npz: some dozens of real inputs, in_0, in_1, ... with a sample axis",
                "--calibration synthetic: made-up inputs, to see that it builds; accuracy will be poor",
            ),
        )
    ranges = _ranges(model, _data(model, settings.calibration))
    return quantize(fuse(model.graph), ranges, numeric, _kept(model, settings))


def _data(model: Model, calibration: str) -> list[Array]:
    if calibration == SYNTHETIC:
        return samples.choose(model.graph, SYNTHETIC_SAMPLES)
    return samples.read_npz(Path(calibration), len(model.graph.inputs))[0]


def _ranges(model: Model, inputs: list[Array]) -> Ranges:
    graph = fuse(fitted(model, inputs).graph)
    own = fuse(model.graph)
    if [t.name for t in graph.tensors] != [t.name for t in own.tensors]:
        raise DataError(
            "the calibration data have another length than the model is generated for, and the model changes with it",
            fix="give sequences of the model's own length",
        )
    return calibrate(graph, inputs)


def _kept(model: Model, settings: Settings) -> Mapping[str, Numeric]:
    """``LAYER=TYPE`` words as numeric types by layer."""
    kept: dict[str, Numeric] = {}
    layers = list(dict.fromkeys(node.layer for node in model.graph.nodes))
    for word in settings.keep:
        layer, _, name = word.rpartition("=")
        if layer not in layers:
            raise UsageError(f'--keep {word}: there is no layer "{layer}"', fix=f"layers: {', '.join(layers)}")
        if name not in NUMERICS or not NUMERICS[name].integer:
            integers = [n.name for n in NUMERICS.values() if n.integer]
            raise UsageError(f"--keep {word}: a layer can be kept in {', '.join(integers)}")
        kept[layer] = NUMERICS[name]
    return kept
