"""A model in the integers that settings ask for, by ranges that calibration data show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from . import datasets, mixing, samples, target
from .calibrate import MOST_SAMPLES, calibrate
from .datasets import Batch
from .errors import DataError, UsageError
from .flow import Settings
from .formats import Format
from .graph import Array, Graph
from .layers.integer import Ranges
from .layers.integer.moves import markers
from .numerics import NUMERICS
from .numerics.base import Numeric
from .passes.fuse import fuse
from .passes.quantize import quantize
from .passes.weights import round_weights
from .reading import Model, fitted

SYNTHETIC = "synthetic"
SYNTHETIC_SAMPLES = 64
SAME_DATA = "the test data are the calibration data: errors on other data are larger"


def numerics_of(board: target.Target) -> tuple[str, ...]:
    """The numeric types of a target.

    Raises:
        UsageError: its file names one that does not exist.
    """
    if unknown := sorted(set(board.numerics) - set(NUMERICS)):
        raise UsageError(
            f"target {board.name}: there is no numeric type {', '.join(unknown)}", fix=f"known: {', '.join(NUMERICS)}"
        )
    return board.numerics


def numeric_of(settings: Settings, board: target.Target) -> Numeric:
    """The numeric type that settings ask for, or the target's own.

    Raises:
        UsageError: there is none of that name, or the target does not take it.
    """
    name = settings.numeric or board.numerics[0]
    if name not in numerics_of(board):
        raise UsageError(
            f'target {board.name} has no numeric type "{name}"', fix=f"choose one of: {', '.join(board.numerics)}"
        )
    return NUMERICS[name]


@dataclass(frozen=True)
class Quantized:
    """A model in integers, and how it came about.

    Args:
        graph: the integers.
        plain: the float graph they stand for; its tensors have the same ids.
        ranges: what calibration saw.
        batches: on what: graphs fitted to the lengths of the data, with their samples.
        types: of layers, where they differ from the model's.
        used: the data in words.
    """

    graph: Graph
    plain: Graph
    ranges: Ranges
    batches: Sequence[tuple[Graph, Batch]]
    types: Mapping[str, Numeric]
    used: str

    @property
    def kept(self) -> tuple[str, ...]:
        """The types as ``--keep`` takes them."""
        return tuple(f"{layer}={one.name}" for layer, one in self.types.items())


@dataclass(frozen=True)
class Observed:
    """What calibration data show of a model, in whatever types it is to be.

    Args:
        fits: the float graph for sequences of each length that the data have, with their samples.
        ranges: of its values.
        used: the data in words.
    """

    fits: Sequence[tuple[Graph, Batch]]
    ranges: Ranges
    used: str


class Observations:
    """What calibration shows of a file, looked for when first asked and kept: several targets need it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str | None, str], Observed] = {}

    def of(self, model: Model, settings: Settings) -> Observed:
        key = (settings.calibration, settings.observer)
        if key not in self._known:
            self._known[key] = observe(model, settings)
        return self._known[key]


def observe(model: Model, settings: Settings) -> Observed:
    """Run a model on its calibration data.

    Raises:
        DataError: they cannot be read, or are not the model's.
    """
    assert settings.calibration is not None
    batches, used = _data(model, settings.calibration)
    fits = [(_fitted(model, batch.inputs, settings.calibration), batch) for batch in batches]
    return Observed(fits, calibrate([(fit, batch.inputs) for fit, batch in fits], settings.observer), used)


def in_numbers(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Graph:
    """The graph to generate: the model's own, or its integer form.

    Args:
        seen: what calibration has shown of the file, where it may be known.

    Raises:
        UsageError: an integer type without calibration; another type with what chooses layers' types.
        UnsupportedError: a layer has no integer form, or no mix of types is as good as asked.
    """
    if not numeric.integer:
        if settings.keep or settings.max_error is not None or settings.max_accuracy_drop is not None:
            raise UsageError(
                f"{numeric.name} is one type for all layers: --keep and goals choose among integer types",
                fix="--numeric int8",
            )
        return model.graph if numeric.weights == "float32" else round_weights(model.graph)
    return quantized(model, settings, numeric, seen).graph


def check(settings: Settings, board: target.Target) -> None:
    """That the numeric type exists for the target and has the data it needs, before anything slow is begun.

    Raises:
        UsageError: it does not, or has not.
    """
    _calibrated(numeric_of(settings, board), settings)


def quantized(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Quantized:
    """The integer form of a model; ``seen`` as of :func:`in_numbers`.

    Raises:
        UsageError, UnsupportedError: as :func:`in_numbers`.
        DataError: as :func:`observe`; or the model is another one at the length of the data.
    """
    _calibrated(numeric, settings)
    observed = (seen or Observations()).of(model, settings)
    graph, fits, ranges = fuse(model.graph), observed.fits, observed.ranges
    if any([t.name for t in fit.tensors] != [t.name for t in graph.tensors] for fit, _ in fits):
        raise DataError(
            "the calibration data have another length than the model is generated for, and the model changes with it",
            fix="give sequences of the model's own length",
        )
    types = kept(model.graph, graph, settings)
    notes: list[str] = []
    if settings.calibration == SYNTHETIC:
        notes.append("calibrated on made-up inputs: ranges are guesses, and real inputs may saturate")
    if settings.max_error is not None or settings.max_accuracy_drop is not None:
        goal = mixing.Goal(settings.max_error, settings.max_accuracy_drop)
        types = mixing.choose(graph, fits, ranges, numeric, types, goal)
        words = " ".join(f"--keep {layer}={one.name}" for layer, one in types.items())
        notes.append(f"chosen to meet {goal}: {words or f'{numeric.name} for every layer'}")
    made = replace(quantize(graph, ranges, numeric, types), notes=tuple(notes))
    return Quantized(made, graph, ranges, fits, types, observed.used)


def input_spans(observed: Observed) -> list[tuple[float, float]]:
    """The least and largest value of each model input on the calibration data; what marks masked steps is none."""
    graph, _ = observed.fits[0]
    return [observed.ranges.tensors[port.tensor] for port in graph.inputs]


def clipped(graph: Graph, formats: Sequence[Format], inputs: Sequence[Array]) -> float | None:
    """The share of input values that integers do not reach, and saturate; None where nothing is to reach.

    Args:
        graph: the model's, in floats: values that only mark masked steps are not counted.
        formats: of its inputs.
        inputs: one array an input.
    """
    marks, beyond, total = markers(graph), 0, 0
    for port, form, x in zip(graph.inputs, formats, inputs, strict=True):
        if not form.integer or form.raw:
            continue
        values = x[x != np.float32(marks[port.tensor])] if port.tensor in marks else x
        low, high = form.ends
        beyond += int(np.sum((values < low) | (values > high)))
        total += values.size
    return beyond / total if total else None


def same_data(settings: Settings, data: Path | None) -> bool:
    """Whether a model is tested on what it was calibrated on."""
    if data is None or settings.calibration in (None, SYNTHETIC):
        return False
    own = Path(str(settings.calibration))
    found = [own, *own.iterdir()] if own.is_dir() else [own]
    return any(path.exists() and data.exists() and path.samefile(data) for path in found)


def _data(model: Model, calibration: str) -> tuple[Sequence[Batch], str]:
    if calibration == SYNTHETIC:
        made_up = Batch(samples.choose(model.graph, SYNTHETIC_SAMPLES))
        return [made_up], f"{SYNTHETIC_SAMPLES} made-up samples"
    path = Path(calibration)
    batches = datasets.read(path, len(model.graph.inputs))
    total = sum(len(batch.inputs[0]) for batch in batches)
    batches = thinned_batches(batches)
    taken = sum(len(batch.inputs[0]) for batch in batches)
    count = f"{total:,} samples" if taken == total else f"{taken:,} of {total:,} samples, evenly spread"
    return batches, f"{path.name or path}: {count}"


def thinned_batches(batches: Sequence[Batch], most: int = MOST_SAMPLES) -> list[Batch]:
    """At most about so many samples, spread evenly, at least one of each batch."""
    total = sum(len(batch.inputs[0]) for batch in batches)
    every = max(1, -(-total // most))
    return [
        Batch([x[::every] for x in batch.inputs], None if batch.labels is None else batch.labels[::every])
        for batch in batches
    ]


def _fitted(model: Model, inputs: list[Array], calibration: str) -> Graph:
    try:
        return fuse(fitted(model, inputs).graph)
    except DataError as error:
        raise DataError(error.what, where=calibration, why=error.why, fix=error.fix) from error


def kept(graph: Graph, fused: Graph, settings: Settings) -> Mapping[str, Numeric]:
    """``LAYER=TYPE`` words as numeric types by layer.

    Raises:
        UsageError: a word is none, or names no layer of the fused graph, or no integer type.
    """
    types: dict[str, Numeric] = {}
    layers = list(dict.fromkeys(node.layer for node in graph.nodes))
    own = {node.layer for node in fused.nodes}
    for word in settings.keep:
        layer, between, name = word.rpartition("=")
        if not between:
            raise UsageError(f'--keep "{word}" is not LAYER=TYPE', fix=f"layers: {', '.join(layers)}")
        if layer not in layers:
            raise UsageError(f'--keep {word}: there is no layer "{layer}"', fix=f"layers: {', '.join(layers)}")
        if layer not in own:
            raise UsageError(
                f'--keep {word}: "{layer}" is computed inside the Dense layer before it', fix="keep that one instead"
            )
        if name not in NUMERICS or not NUMERICS[name].integer:
            integers = [n.name for n in NUMERICS.values() if n.integer]
            raise UsageError(f"--keep {word}: a layer can be kept in {', '.join(integers)}")
        types[layer] = NUMERICS[name]
    return types


def _calibrated(numeric: Numeric, settings: Settings) -> None:
    if numeric.integer and settings.calibration is None:
        raise UsageError(
            f"{numeric.name} needs to know which values the model meets",
            fix=(
                "--calibration DATA.npz: some dozens of real inputs, in_0, in_1, ... with a sample axis",
                "--calibration synthetic: made-up inputs, to see that it builds; accuracy will be poor",
            ),
        )
