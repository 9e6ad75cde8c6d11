"""A model's values on calibration data: samples, ranges, and the share of inputs within these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

import numpy as np

from ..core.formats import Format
from ..core.graph import Array, Graph
from ..core.settings import AUTO, Settings
from ..data import datasets, samples
from ..data.datasets import Batch
from ..importers.reading import Model, fitted
from ..layers.integer import Ranges
from ..oracle.reference import evaluate
from . import observers
from .calibrate import MOST_SAMPLES, calibrate
from .markers import markers

SYNTHETIC_SAMPLES = 64
MOST_COMPARED = 200
"""Most samples of integers that are compared with float: a mean error of as many costs .02 dB by chance."""
SAME_DATA = "the test data are the calibration data: errors on other data are larger"


@dataclass(frozen=True)
class Observed:
    """A model's values on calibration data, for any numeric types.

    Args:
        fits: the float graph for sequences of each length in the data, with the samples that calibrate.
        judges: the same with the samples that judge mixes of types.
        ranges: ranges of its values.
        used: the data in words.
        observer: the observer that chose the ranges of 8 bits, in words.
        notes: notes on samples of another length, and on samples of a stateful model that were left out.
        made_up: whether the samples are no data.
    """

    fits: Sequence[tuple[Graph, Batch]]
    judges: Sequence[tuple[Graph, Batch]]
    ranges: Ranges
    used: str
    observer: str
    notes: tuple[str, ...]
    made_up: bool = False

    @cached_property
    def float_outputs(self) -> list[tuple[Graph, Batch, list[Array]]]:
        """:func:`with_outputs` of the samples that calibrate."""
        return with_outputs(self.fits)


class Observations:
    """Samples and observed values of a file, read and computed when first needed and stored, because several targets
    need them.

    Args:
        held_out: as for :func:`observe`.
    """

    def __init__(self, held_out: bool = False) -> None:
        self.held_out = held_out
        self._observed: dict[tuple[str | None, str, bool, bool, bool], Observed] = {}
        self._samples: dict[tuple[Path, bool], list[Batch]] = {}

    def samples(self, path: Path, model: Model, settings: Settings, training: bool = False) -> list[Batch]:
        """All samples at a path, as of :func:`gatesmith.data.datasets.samples_of`."""
        if (path, training) not in self._samples:
            batches = datasets.samples_of(path, model.graph, settings, training)
            halves = [training] if samples.has_halves(path) else [False, True]
            self._samples |= {(path, half): batches for half in halves}
        return self._samples[path, training]

    def of(self, model: Model, settings: Settings, held_out: bool = False) -> Observed:
        held_out = self.held_out or held_out
        key = (settings.calibration, settings.observer, held_out, _lasting(settings), settings.hop is not None)
        if key not in self._observed:
            self._observed[key] = observe(Path(str(settings.calibration)), self, model, settings, held_out)
        return self._observed[key]


@samples.placed
def observe(data: Path, observations: Observations, model: Model, settings: Settings, held_out: bool) -> Observed:
    """Run a model on its calibration data.

    Args:
        data: the settings' calibration data.
        observations: reads them.
        held_out: whether a part of the samples judges instead of calibrating (:func:`gatesmith.data.datasets.divided`).

    Raises:
        DataError: the data cannot be read, or do not fit the model.
    """
    batches, used, first = _data(observations, model, settings)
    graphs = [fitted(model, batch.inputs, data=data).fused for batch in batches]
    lengths = [note for graph in graphs for note in graph.notes if note not in model.graph.notes]
    parts = [datasets.divided(batch, model.fused.stateful) if held_out else (batch, batch) for batch in batches]
    fits = [(graph, fitting) for graph, (fitting, _) in zip(graphs, parts, strict=True)]
    judges = [(graph, judging) for graph, (_, judging) in zip(graphs, parts, strict=True)]
    look = partial(calibrate, lasting=_lasting(settings), windows=settings.hop is not None)
    observer, word = settings.observer, settings.observer
    if observer == AUTO:
        observer = observers.choose(fits, look)
        word = f"{observer}, which halves of the data chose,"
    ranges = look([(fit, batch.inputs) for fit, batch in fits], observer)
    notes = (*lengths[:1], *first)
    return Observed(fits, judges, ranges, used, word, notes, made_up=settings.calibration_data is None)


def _lasting(settings: Settings) -> bool:
    """Whether states are carried from sample to sample, which Keras does not do."""
    return settings.stream or settings.carry_state is not None


def input_spans(observed: Observed) -> list[tuple[Array, Array]]:
    """The least and largest values of each model input on the calibration data, by feature if there are several,
    without markers of masked steps."""
    graph, _ = observed.fits[0]
    ranges = observed.ranges
    ends = [np.array(ranges.features.get(port.tensor, [ranges.tensors[port.tensor]])) for port in graph.inputs]
    return [(low, high) for low, high in (each.T for each in ends)]


def clipped(graph: Graph, formats: Sequence[Format], inputs: Sequence[Array]) -> float | None:
    """The share of input values that saturate in integers; None if no input has quantized values.

    Args:
        graph: the model's float graph: values that only mark masked steps are not counted.
        formats: formats of its inputs.
        inputs: one array per input.
    """
    marks, beyond, total = markers(graph), 0, 0
    for port, form, x in zip(graph.inputs, formats, inputs, strict=True):
        if not form.integer or form.raw:
            continue
        unmarked = x != np.float32(marks[port.tensor]) if port.tensor in marks else np.ones(x.shape, bool)
        low, high = form.ends
        beyond += int(np.sum(unmarked & ((x < low) | (x > high))))
        total += int(unmarked.sum())
    return beyond / total if total else None


def clipped_answers(formats: Sequence[Format], answers: Sequence[Array]) -> float:
    """The share of outputs before the last step, (samples, steps, ...) each, beyond the range of their integers; the
    largest of all outputs."""
    return max(beyond(form, y[:, :-1]) for form, y in zip(formats, answers, strict=True))


def beyond(form: Format, answers: Array, room: float = 0.0) -> float:
    """The share of outputs beyond the range of integers by more than ``room`` times that range."""
    low, high = form.ends
    margin = room * (high - low)
    return float(((answers < low - margin) | (answers > high + margin)).mean()) if answers.size else 0.0


def same_data(settings: Settings, data: Path | None) -> bool:
    """Whether a model is tested on its calibration data."""
    calibration = settings.calibration_data
    if data is None or calibration is None or samples.has_halves(data):
        return False
    files = [calibration, *calibration.iterdir()] if calibration.is_dir() else [calibration]
    return any(path.exists() and data.exists() and path.samefile(data) for path in files)


def _data(observations: Observations, model: Model, settings: Settings) -> tuple[Sequence[Batch], str, tuple[str, ...]]:
    path = settings.calibration_data
    if path is None:
        synthetic = Batch(samples.choose(model.graph, SYNTHETIC_SAMPLES))
        return [synthetic], f"{len(synthetic.inputs[0])} made-up samples", ()
    batches = observations.samples(path, model, settings, training=True)
    total = sum(len(batch.inputs[0]) for batch in batches)
    ordered = model.fused.stateful
    batches = thinned(batches, MOST_SAMPLES, ordered)
    used = sum(len(batch.inputs[0]) for batch in batches)
    selection = f"{used:,} of {total:,} samples, {'the first' if ordered else 'evenly spread'}"
    count = f"{total:,} samples" if used == total else selection
    note = f"calibrated on the first {used:,} of {total:,} samples, as states go on: they must show the whole range"
    return batches, f"{path.name or path}: {count}", (note,) if ordered and used < total else ()


def with_outputs(fits: Sequence[tuple[Graph, Batch]]) -> list[tuple[Graph, Batch, list[Array]]]:
    """The float graphs with at most ``MOST_COMPARED`` of their samples, and the outputs of these."""
    batches = thinned([batch for _, batch in fits], MOST_COMPARED, fits[0][0].stateful)
    return [(graph, batch, evaluate(graph, batch.inputs)) for (graph, _), batch in zip(fits, batches, strict=True)]


def thinned(batches: Sequence[Batch], most: int = MOST_SAMPLES, ordered: bool = False) -> list[Batch]:
    """About ``most`` samples or fewer, spread evenly, with at least one of each batch; the first of each batch if
    ``ordered``."""
    if ordered:
        return [batch.at(slice(most)) for batch in batches]
    total = sum(len(batch.inputs[0]) for batch in batches)
    stride = max(1, -(-total // most))
    return [batch.at(slice(None, None, stride)) for batch in batches]
