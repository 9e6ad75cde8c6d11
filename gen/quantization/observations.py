"""What calibration data show of a model: its samples, the ranges of its values, and how inputs lie within them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from ..core.formats import Format
from ..core.graph import Array, Graph
from ..core.settings import AUTO, Settings
from ..data import datasets, samples
from ..data.datasets import Batch
from ..importers.reading import Model, fitted
from ..layers.integer import Ranges
from . import observers
from .calibrate import MOST_SAMPLES, calibrate
from .markers import markers

SYNTHETIC = "synthetic"
SYNTHETIC_SAMPLES = 64
SAME_DATA = "the test data are the calibration data: errors on other data are larger"


@dataclass(frozen=True)
class Observed:
    """What calibration data show of a model, in whatever types it is to be.

    Args:
        fits: the float graph for sequences of each length that the data have, with their samples.
        judges: the same with the samples that mixes of types are judged by.
        ranges: of its values.
        used: the data in words.
        observer: what chose the ranges of 8 bits.
        notes: on samples of another length, and on those that are not looked at as states would have to go on to them.
    """

    fits: Sequence[tuple[Graph, Batch]]
    judges: Sequence[tuple[Graph, Batch]]
    ranges: Ranges
    used: str
    observer: str
    notes: tuple[str, ...]


class Observations:
    """What calibration shows of a file, looked for when first asked and kept: several targets need it.

    Args:
        held_out: as of :func:`observe`.
    """

    def __init__(self, held_out: bool = False) -> None:
        self._held_out = held_out
        self._known: dict[tuple[str | None, str, bool, bool, bool], Observed] = {}

    def of(self, model: Model, settings: Settings, held_out: bool = False) -> Observed:
        held_out = self._held_out or held_out
        key = (settings.calibration, settings.observer, held_out, _lasting(settings), settings.hop is not None)
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
    batches, used, first = _data(model, settings.calibration)
    data = Path(settings.calibration)
    graphs = [fitted(model, batch.inputs, data=data).fused for batch in batches]
    lengths = [note for graph in graphs for note in graph.notes if note not in model.graph.notes]
    parts = [datasets.divided(batch) if held_out else (batch, batch) for batch in batches]
    fits = [(graph, rest) for graph, (rest, _) in zip(graphs, parts, strict=True)]
    judges = [(graph, judging) for graph, (_, judging) in zip(graphs, parts, strict=True)]
    look = partial(calibrate, lasting=_lasting(settings), windows=settings.hop is not None)
    observer, word = settings.observer, settings.observer
    if observer == AUTO:
        observer = observers.choose(fits, look)
        word = f"{observer}, which halves of the data chose,"
    ranges = look([(fit, batch.inputs) for fit, batch in fits], observer)
    return Observed(fits, judges, ranges, used, word, (*lengths[:1], *first))


def _lasting(settings: Settings) -> bool:
    """Whether states go on from sample to sample, as Keras's do not."""
    return settings.stream or settings.carry_state is not None


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


def clipped_answers(formats: Sequence[Format], answers: Sequence[Array]) -> float:
    """The share of answers before the last, (samples, steps, ...) an output, that an output's integers do not reach."""
    return max(beyond(form, y[:, :-1]) for form, y in zip(formats, answers, strict=True))


def beyond(form: Format, answers: Array, room: float = 0.0) -> float:
    """The share of answers that integers do not reach by more than a part of their range."""
    low, high = form.ends
    more = room * (high - low)
    return float(((answers < low - more) | (answers > high + more)).mean()) if answers.size else 0.0


def same_data(settings: Settings, data: Path | None) -> bool:
    """Whether a model is tested on what it was calibrated on."""
    if data is None or settings.calibration in (None, SYNTHETIC) or samples.has_halves(data):
        return False
    calibration = Path(str(settings.calibration))
    files = [calibration, *calibration.iterdir()] if calibration.is_dir() else [calibration]
    return any(path.exists() and data.exists() and path.samefile(data) for path in files)


def _data(model: Model, calibration: str) -> tuple[Sequence[Batch], str, tuple[str, ...]]:
    if calibration == SYNTHETIC:
        synthetic = Batch(samples.choose(model.graph, SYNTHETIC_SAMPLES))
        return [synthetic], f"{len(synthetic.inputs[0])} made-up samples", ()
    path = Path(calibration)
    batches = datasets.samples_of(path, model.graph, training=True)
    total = sum(len(batch.inputs[0]) for batch in batches)
    ordered = model.fused.stateful
    batches = [batch.at(slice(MOST_SAMPLES)) for batch in batches] if ordered else thinned(batches)
    taken = sum(len(batch.inputs[0]) for batch in batches)
    which = f"{taken:,} of {total:,} samples, {'the first' if ordered else 'evenly spread'}"
    count = f"{total:,} samples" if taken == total else which
    note = f"calibrated on the first {taken:,} of {total:,} samples, as states go on: they must show the whole range"
    return batches, f"{path.name or path}: {count}", (note,) if ordered and taken < total else ()


def thinned(batches: Sequence[Batch], most: int = MOST_SAMPLES) -> list[Batch]:
    """At most about so many samples, spread evenly, at least one of each batch."""
    total = sum(len(batch.inputs[0]) for batch in batches)
    every = max(1, -(-total // most))
    return [batch.at(slice(None, None, every)) for batch in batches]
