"""A model in the integers that settings ask for, by ranges that calibration data show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.formats import Format
from ..core.graph import Array, Graph
from ..core.near import meant
from ..core.settings import Settings
from ..data import datasets, samples
from ..data.datasets import Batch
from ..importers.reading import Model, fitted
from ..layers.integer import Ranges
from ..layers.integer.base import Range
from ..numerics import NUMERICS
from ..numerics.base import Numeric
from ..passes.fuse import fuse
from . import mixing, observers
from .calibrate import MOST_SAMPLES, OBSERVERS, calibrate
from .features import outlying
from .markers import markers
from .quantize import UNITED, quantize
from .weights import round_weights

SYNTHETIC = "synthetic"
GUESS = (-1.0, 2.0)
"""About no middle, as calibration mostly finds ranges: what it takes to bring the middle to 0 is counted."""
SYNTHETIC_SAMPLES = 64
SAME_DATA = "the test data are the calibration data: errors on other data are larger"


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
        observer: what chose the ranges of 8 bits.
    """

    graph: Graph
    plain: Graph
    ranges: Ranges
    batches: Sequence[tuple[Graph, Batch]]
    types: Mapping[str, Numeric]
    used: str
    observer: str

    @property
    def kept(self) -> tuple[str, ...]:
        """The types as ``--keep`` takes them."""
        return tuple(f"{layer}={one.name}" for layer, one in self.types.items())


@dataclass(frozen=True)
class Observed:
    """What calibration data show of a model, in whatever types it is to be.

    Args:
        fits: the float graph for sequences of each length that the data have, with their samples.
        judges: the same with the samples that mixes of types are judged by.
        ranges: of its values.
        used: the data in words.
        observer: what chose the ranges of 8 bits.
    """

    fits: Sequence[tuple[Graph, Batch]]
    judges: Sequence[tuple[Graph, Batch]]
    ranges: Ranges
    used: str
    observer: str


class Observations:
    """What calibration shows of a file, looked for when first asked and kept: several targets need it.

    Args:
        held_out: as of :func:`observe`.
    """

    def __init__(self, held_out: bool = False) -> None:
        self._held_out = held_out
        self._known: dict[tuple[str | None, str, bool], Observed] = {}

    def of(self, model: Model, settings: Settings, held_out: bool = False) -> Observed:
        held_out = self._held_out or held_out
        key = (settings.calibration, settings.observer, held_out)
        if key not in self._known:
            self._known[key] = observe(model, settings, held_out)
        return self._known[key]


def observe(model: Model, settings: Settings, held_out: bool = False) -> Observed:
    """Run a model on its calibration data.

    Args:
        held_out: every fourth sample judges instead (:func:`gatesmith.data.datasets.divided`).

    Raises:
        DataError: they cannot be read, or are not the model's.
    """
    assert settings.calibration is not None
    batches, used = _data(model, settings.calibration)
    data = Path(settings.calibration)
    graphs = [fuse(fitted(model, batch.inputs, data=data).graph) for batch in batches]
    parts = [datasets.divided(batch) if held_out else (batch, batch) for batch in batches]
    fits = [(graph, rest) for graph, (rest, _) in zip(graphs, parts, strict=True)]
    judges = [(graph, judging) for graph, (_, judging) in zip(graphs, parts, strict=True)]
    observer, word = settings.observer, settings.observer
    if observer == observers.AUTO:
        observer = observers.choose(fits)
        word = f"{observer}, which halves of the data chose,"
    return Observed(fits, judges, calibrate([(fit, batch.inputs) for fit, batch in fits], observer), used, word)


def in_numbers(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Graph:
    """The graph to generate: the model's own, or its integer form.

    Args:
        seen: what calibration has shown of the file, where it may be known.

    Raises:
        UsageError: an integer type without calibration; another type with what chooses layers' types.
        UnsupportedError: a layer has no integer form.
        AccuracyError: no mix of types is as good as asked.
    """
    if not numeric.integer:
        if settings.keep:
            raise UsageError(
                f"{numeric.name} is one type for all layers: --keep chooses among integer types", fix="--numeric int8"
            )
        known = None
        if settings.calibration not in (None, SYNTHETIC) and numeric.weights.group is not None:
            known = (seen or Observations()).of(model, settings).ranges.moments
        return round_weights(fuse(model.graph), numeric.weights, known)
    return quantized(model, settings, numeric, seen).graph


def sized(model: Model, numeric: Numeric, settings: Settings, alike: bool = False) -> Graph:
    """A graph with the shapes and types of :func:`in_numbers`, whose integers mean nothing: for what follows from
    shapes, such as bytes. Nothing is run, so no calibration is needed.

    Args:
        alike: all values have one range, so that none is brought from one format to another's: the least that
            calibration may lead to. Else those that meet have different ones: the most, which is what it mostly is.

    Raises:
        UsageError, UnsupportedError: as :func:`in_numbers`.
    """
    if not numeric.integer:
        return in_numbers(model, replace(settings, calibration=None), numeric)
    graph = _settled(fuse(model.graph), numeric)
    sizes = [0] * len(graph.tensors) if alike else _apart(graph)
    spans = [_Guesses((UNITED + 1) ** size) for size in sizes]
    inner = {node.name: spans[node.outputs[0]] for node in graph.nodes}
    ranges = Ranges(tensors={tensor: span[""] for tensor, span in enumerate(spans)}, unseen=inner)
    return quantize(graph, ranges, numeric, kept(model.graph, graph, settings))


def _settled(graph: Graph, numeric: Numeric) -> Graph:
    """Biases of 0 are others: in 8 bits they make up for what rounding does to the mean of sums. Of two in a row, the
    kernel's does."""
    if numeric.weights.bits > 8:
        return graph
    nodes = []
    for node in graph.nodes:
        op, bias = node.op, node.op.arrays().get("bias")
        if bias is not None and not np.any(bias):
            made = bias.copy()
            made[... if bias.ndim == 1 else 0] = 1.0
            op = replace(op, bias=made)  # type: ignore[call-arg]
        nodes.append(replace(node, op=op))
    return replace(graph, nodes=tuple(nodes))


def _apart(graph: Graph) -> list[int]:
    """A number for each tensor, of those that meet in a layer and of what comes out of it another one each: ranges too
    far from each other to share a format. What only moves values gives those it has."""
    numbers: dict[int, int] = {}
    origin = list(range(len(graph.tensors)))
    for node in graph.nodes:
        met = list(dict.fromkeys(origin[tensor] for tensor in node.inputs))
        for tensor in node.outputs:
            origin[tensor] = met[0] if node.op.moves and len(met) == 1 else node.outputs[0]
        for tensor in (*met, node.outputs[0]) if len(met) > 1 else ():
            taken = {numbers[other] for other in (*met, node.outputs[0]) if other in numbers}
            numbers.setdefault(tensor, next(n for n in count() if n not in taken))
    return [numbers.get(first, 0) for first in origin]


class _Guesses(dict[str, Range]):
    """Says of every value that it lies within ``GUESS``, times a size."""

    def __init__(self, size: float) -> None:
        self._span = GUESS[0] * size, GUESS[1] * size

    def __missing__(self, key: str) -> Range:
        return self._span


def _wide_inputs(graph: Graph, numeric: Numeric) -> list[str]:
    """What a caller who expects the type of the numeric type must know of inputs that take another."""
    notes = []
    for port in graph.inputs:
        form = graph.tensor(port.tensor).format
        if not form.raw and form.dtype != numeric.dtype.name:
            readers = ", ".join(dict.fromkeys(node.layer for node in graph.nodes if port.tensor in node.inputs))
            notes.append(
                f"input {port.name} takes {form.dtype}, not {numeric.dtype.name}: {readers} reads it in {form.bits} "
                "bits, which keeps its precision"
            )
    return notes


def quantized(model: Model, settings: Settings, numeric: Numeric, seen: Observations | None = None) -> Quantized:
    """The integer form of a model; ``seen`` as of :func:`in_numbers`.

    Raises:
        UsageError, UnsupportedError: as :func:`in_numbers`.
        DataError: as :func:`observe`; or the model is another one at the length of the data.
    """
    calibrated(numeric, settings)
    observed = (seen or Observations()).of(model, settings)
    graph, fits, ranges = fuse(model.graph), observed.fits, observed.ranges
    if any([t.name for t in fit.tensors] != [t.name for t in graph.tensors] for fit, _ in fits):
        raise DataError(
            "the calibration data have another length than the model is generated for, and the model changes with it",
            fix="give sequences of the model's own length",
        )
    types, notes = outlying(graph, ranges, numeric, kept(model.graph, graph, settings))
    if settings.calibration == SYNTHETIC and settings.max_accuracy_drop is not None:
        raise UsageError(
            "--max-accuracy-drop means nothing here: made-up inputs have no accuracy to lose",
            fix="--calibration DATA.npz with real inputs and their labels, y",
        )
    if settings.calibration == SYNTHETIC:
        notes.append("calibrated on made-up inputs: ranges are guesses, and real inputs may saturate")
    if settings.has_goals:
        goal = mixing.Goal(settings.max_error, settings.max_accuracy_drop)
        judged = (seen or Observations()).of(model, settings, held_out=True)
        mix = mixing.choose(graph, judged.judges, judged.ranges, numeric, types, goal)
        types, words = mix.types, " ".join(f"--keep {word}" for word in mix.kept)
        units = "" if settings.max_error is None else ", in units of the output"
        notes.append(f"chosen to meet {goal}{units}: {words or f'{numeric.name} for every layer'}")
    made = quantize(graph, ranges, numeric, types)
    made = replace(made, notes=(*notes, *_wide_inputs(made, numeric)))
    return Quantized(made, graph, ranges, fits, types, observed.used, observed.observer)


def mixed(model: Model, settings: Settings, numeric: Numeric, goal: mixing.Goal, seen: Observations) -> tuple[str, ...]:
    """Types of layers, as ``--keep`` takes them, that are good enough on the calibration data; all other layers are in
    ``numeric``.

    Raises:
        AccuracyError: no types do that.
        UnsupportedError: a layer has no integer form.
    """
    observed, graph = seen.of(model, settings), fuse(model.graph)
    own = kept(model.graph, graph, settings)
    return mixing.choose(graph, observed.judges, observed.ranges, numeric, own, goal).kept


def input_spans(observed: Observed) -> list[tuple[Array, Array]]:
    """The least and largest values of each model input on the calibration data, of each feature where there are
    several; what marks masked steps is none."""
    graph, _ = observed.fits[0]
    seen = observed.ranges
    ends = [np.array(seen.features.get(port.tensor, [seen.tensors[port.tensor]])) for port in graph.inputs]
    return [(low, high) for low, high in (each.T for each in ends)]


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
        said = x != np.float32(marks[port.tensor]) if port.tensor in marks else np.ones(x.shape, bool)
        low, high = form.ends
        beyond += int(np.sum(said & ((x < low) | (x > high))))
        total += int(said.sum())
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
        return [made_up], f"{len(made_up.inputs[0])} made-up samples"
    path = Path(calibration)
    batches = datasets.read(
        path, model.graph.input_names, [model.graph.shape(port.tensor) for port in model.graph.inputs]
    )
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
            raise UsageError(
                f'--keep {word}: there is no layer "{layer}"',
                fix=(*meant(layer, layers), f"layers: {', '.join(layers)}"),
            )
        if layer not in own:
            raise UsageError(
                f'--keep {word}: "{layer}" is computed inside the Dense layer before it', fix="keep that one instead"
            )
        if name not in NUMERICS or not NUMERICS[name].integer:
            integers = [n.name for n in NUMERICS.values() if n.integer]
            raise UsageError(f"--keep {word}: a layer can be kept in {', '.join(integers)}", fix=meant(name, integers))
        types[layer] = NUMERICS[name]
    return types


def calibrated(numeric: Numeric, settings: Settings) -> None:
    """That a numeric type has the data it needs, and that its observer exists.

    Raises:
        UsageError: it has not, or there is no such observer.
    """
    if settings.observer not in (known := (*OBSERVERS, observers.AUTO)):
        raise UsageError(
            f'there is no observer "{settings.observer}"',
            fix=(*meant(settings.observer, known), f"choose one of: {', '.join(known)}"),
        )
    if numeric.integer and settings.calibration is None:
        raise UsageError(
            f"{numeric.name} needs to know which values the model meets",
            fix=(
                "--calibration DATA.npz: some dozens of real inputs, in_0, in_1, ... with a sample axis",
                "--calibration synthetic: made-up inputs, to see that it builds; accuracy will be poor",
            ),
        )
