"""Validate: a device's outputs beside the oracle's, on one target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..backends.base import Generated
from ..core.errors import DataError, UsageError
from ..core.graph import Array
from ..core.settings import SILENT, Progress, Settings
from ..data import datasets, samples
from ..data.datasets import Batch
from ..files.single import check_writable, write_json
from ..importers.reading import Model, fitted, load
from ..oracle.compare import OutputComparison, compare, figure
from ..oracle.judge import Judgement, judge, sensitivity
from ..oracle.limits import limits_of
from ..oracle.reference import answers, evaluate
from ..oracle.rounding import explained
from ..oracle.scores import score
from ..passes.each_step import each_step
from ..quantization.calibrate import decibels, noise
from ..quantization.observations import (
    SAME_DATA,
    SYNTHETIC,
    Observations,
    beyond,
    clipped,
    clipped_answers,
    input_spans,
    same_data,
)
from ..run.built import Built
from .budget import advised, foreseen
from .built import prepared
from .facts import Comparison, Facts, facts_of
from .measure import Ran, run, store
from .plan import Plan, plan
from .results import ValidateResult
from .send import check_lengths
from .verdict import verdict

SCHEMA = "gatesmith/validate/1"
CHOSEN_SAMPLES = 32
MANY = 0.01
"""Share of answers beyond what integers reach from which it is told."""
ALIKE = "all samples have the same answer, which shows little of the model: give samples that differ"


@dataclass(frozen=True)
class Question:
    """What a device is asked, and what the oracle answers.

    Args:
        in_file: the model as the file says.
        model: the same, fitted to the inputs.
        labels: of the samples, if the data has them.
        note: where the inputs come from.
        data: their file, if they are from one.
        seen: what calibration shows of the model.
        file: what Keras reads; None if no single file holds the model.
        cache: where what Keras says is kept.
        held_out: the inputs are part of the calibration data that does not calibrate.
    """

    in_file: Model
    model: Model
    inputs: list[Array]
    labels: Array | None
    note: str
    judgement: Judgement
    data: Path | None = None
    seen: Observations = field(default_factory=Observations)
    file: Path | None = None
    cache: bool = True
    held_out: bool = False
    _integers: dict[int, list[Array]] = field(default_factory=dict)

    def integers(self, program: Built) -> list[Array]:
        """What the definition of a program in integers gives; computed once for boards that run the same."""
        graph = program.generated.graph
        if id(graph) not in self._integers:
            self._integers[id(graph)] = answers(graph, program.take(self.inputs), np.int64)
        return self._integers[id(graph)]

    @cached_property
    def moved(self) -> list[Array]:
        """How far rounding alone moves each output; looked for once, when a device is beyond its tolerance."""
        return sensitivity(self.model.reading, self.model.graph, self.inputs, self.file, store(self.cache))


def ask(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    progress: Progress = SILENT,
    count: int = CHOSEN_SAMPLES,
    chosen: Plan | None = None,
    held_out: bool = False,
) -> Question:
    """Read a model and its data, and have the oracle answer.

    Where no data are given, ``count`` samples are chosen, of the settings' steps where the file leaves their number
    open; within the ranges of the calibration data, if there are any.

    Args:
        chosen: the one plan that the model is for: what surely does not fit its board is refused before it is run.
        held_out: ``input`` calibrates too: every fourth sample judges, the others calibrate.

    Raises:
        UsageError: steps beside data, or of a model that has no such choice.
        BudgetError: it does not fit.
    """
    seen, every = Observations(held_out), held_out
    if input is None and settings.has_goals and settings.calibration not in (None, SYNTHETIC):
        input, every = Path(str(settings.calibration)), True
    with progress.step("read"):
        in_file = load(path, settings)
        if chosen is not None and settings.budget and not settings.port:
            foreseen(in_file, chosen, [chosen.target])
        if input is None:
            batch, note = _chosen(in_file, settings, seen, count)
        elif settings.steps is not None:
            raise UsageError("--steps is for samples that are chosen; --input has its own length", fix="leave one out")
        else:
            batch, note = _judging(in_file, settings, input, every, held_out)
        inputs, labels = batch.inputs, batch.labels
        model = fitted(in_file, inputs, data=input)
    with progress.step("oracle"):
        alone = path.is_file() and settings.weights is None and settings.stop_before is None
        file = path if alone else None
        judgement = judge(model.reading, model.graph, inputs, file, store(settings.cache))
    if labels is not None and len(judgement.outputs) == 1:
        try:
            score(judgement.outputs[0], judgement.outputs[0], labels)
        except DataError as error:
            raise DataError(error.what, where=str(input), why=error.why, fix=error.fix) from error
    return Question(in_file, model, inputs, labels, note, judgement, input, seen, file, settings.cache, held_out)


def _chosen(in_file: Model, settings: Settings, seen: Observations, count: int) -> tuple[Batch, str]:
    """Samples for a validation without data, and a description of them.

    Raises:
        UsageError: settings give steps, but the model fixes every length.
    """
    steps = settings.steps
    if steps is not None and not any(None in in_file.graph.shape(p.tensor) for p in in_file.graph.inputs):
        raise UsageError("--steps has nothing to set: the model file fixes every length", fix="leave it out")
    spans = None if settings.calibration is None else input_spans(seen.of(in_file, settings))
    inputs = samples.choose(in_file.graph, settings.samples or count, steps=steps, spans=spans)
    note = "random, chosen so that the outputs vary and do not saturate; real data may differ more"
    return Batch(inputs), note + ("" if spans is None else ", within the calibrated ranges")


def _judging(in_file: Model, settings: Settings, data: Path, every: bool, held_out: bool) -> tuple[Batch, str]:
    """The samples of a file that judge, and what they are in words.

    Args:
        every: only every fourth, as others calibrate.
        held_out: as of :func:`ask`.

    Raises:
        DataError: they do not fit the model.
    """
    batch = Batch(*datasets.uniform_samples(data, in_file.graph))
    fitted(in_file, batch.inputs, data=data)  # the number of samples tells which axis they are
    note, total = data.name, len(batch.inputs[0])
    if every:
        _, batch = datasets.divided(batch)
        note += f", {'held out' if held_out and len(batch.inputs[0]) < total else 'part'} of {total:,}"
    if settings.samples is not None and settings.samples < (judging := len(batch.inputs[0])):
        note += f", {settings.samples:,} of {judging:,}, evenly spaced"
        batch = datasets.spread(batch, settings.samples)
    return batch, note


def answer(
    asked: Question,
    chosen: Plan,
    measured: bool | None,
    progress: Progress = SILENT,
) -> ValidateResult:
    """Run a device and lay its outputs beside the oracle's.

    Args:
        measured: the report is to have costs; None for those that are quick to count.
    """
    flashed = chosen.reached.flashed
    with progress.step("generate"):
        ready = prepared(asked.in_file if flashed else asked.model, chosen, seen=asked.seen)
    if flashed or chosen.settings.max_steps:
        check_lengths(ready, asked.inputs, asked.note)
    return beside(asked, chosen, run(ready, chosen, asked.inputs, measured, progress=progress))


def beside(asked: Question, chosen: Plan, ran: Ran) -> ValidateResult:
    """A device's outputs beside the oracle's."""
    settings, program, judgement = chosen.settings, ran.built, asked.judgement
    numeric, tolerance = chosen.numeric, chosen.settings.tolerance
    facts = facts_of(ran, chosen, asked.model, asked.inputs)
    results = program.give(ran.raw)
    rows = tuple(
        replace(compare(port.title, ours, theirs, asked.labels if len(results) == 1 else None), judge=judgement.judge)
        for port, ours, theirs in zip(program.generated.outputs, results, judgement.outputs, strict=True)
    )
    facts = facts.but(measured_on=ran.when or None, notes=[*facts.notes, *_alike(judgement.outputs)])
    if not numeric.integer and tolerance is None and not all(row.within(numeric.tolerance) for row in rows):
        rows, notes = _explained(asked, rows, results, numeric.tolerance)
        facts = facts.but(notes=[*facts.notes, *notes])
    if program.generated.integer:
        facts = _integers(facts, asked, ran, settings)
    judged = verdict(rows, numeric, limits_of(settings), tolerance, facts.different_integers, facts.integers or 0)
    facts = facts.but(
        schema=SCHEMA,
        oracle=judgement.oracle,
        max_abs_error=figure(max(row.max_abs for row in rows)),
        tolerance=numeric.tolerance if tolerance is None and not numeric.integer else tolerance,
        passed=judged.passed,
        verdict=judged.sentence,
        outputs=[Comparison.of(row) for row in rows],
    )
    return ValidateResult(
        outputs=rows,
        source=asked.model.reading.source,
        generated=program.generated,
        how=program.route.claim(),
        input_note=asked.note,
        report=facts,
        answers=tuple(results),
        right=tuple(judgement.outputs),
        labels=asked.labels,
    )


def _alike(outputs: Sequence[Array]) -> list[str]:
    """A note if several samples have one answer, but for its last bits."""
    return [ALIKE] * all(len(y) > 1 and np.allclose(y, y[:1], rtol=3e-7, atol=0.0) for y in outputs)


def _integers(facts: Facts, asked: Question, ran: Ran, settings: Settings) -> Facts:
    """With what integers are told of: how many are not the reference's, and inputs that saturate."""
    program, notes = ran.built, facts.notes
    wanted = asked.integers(program)
    if same_data(settings, asked.data) and not asked.held_out:
        notes = [*notes, SAME_DATA]
    for port, right in zip(program.generated.outputs, asked.judgement.outputs, strict=True):
        if (share := beyond(port.format, right, room=0.02)) > MANY:
            told = f"{share:.0%} of the answers of {port.title} lie beyond what its integers reach"
            notes = [*notes, f"{told}: calibrate with data that have such answers"]
    return facts.but(
        different_integers=sum(int(np.sum(a != b)) for a, b in zip(ran.raw, wanted, strict=True)),
        integers=sum(int(y.size) for y in ran.raw),
        clipped_inputs=clipped(asked.model.graph, [port.format for port in program.generated.inputs], asked.inputs),
        notes=notes,
        **({} if settings.hop is not None else _each_step(asked, program.generated)),
    )


def _each_step(asked: Question, program: Generated) -> dict[str, float | None]:
    """Integers' answers after each step beside float32's: signal to noise of all answers and of the last ones, in the
    output that is worst, and the share that saturates before the end."""
    stream = program.rate is not None
    if not (program.causal or stream):
        return {}
    floats, integers = (each_step(graph, stream) for graph in (asked.model.fused, program.graph))
    if floats is None or integers is None:
        return {}
    right, ours = evaluate(floats, asked.inputs), evaluate(integers, asked.inputs)
    snr, end = (
        min(decibels(*noise(y[:, first:], z[:, first:])) for y, z in zip(ours, right, strict=True)) for first in (0, -1)
    )
    share = clipped_answers([port.format for port in program.outputs], right)
    return {"snr_db_each_step": figure(snr), "snr_db_end": figure(end), "clipped_answers": share}


def _explained(
    asked: Question, rows: Sequence[OutputComparison], results: Sequence[Array], tolerance: float
) -> tuple[tuple[OutputComparison, ...], list[str]]:
    """Outputs beyond the tolerance as rounding explains them, and the sentences that say so."""
    explained_rows, notes = [], []
    for row, ours, theirs, moved in zip(rows, results, asked.judgement.outputs, asked.moved, strict=True):
        one, reason = (row, "") if row.within(tolerance) else explained(row, ours, theirs, moved, tolerance)
        explained_rows.append(one)
        notes += [reason] if reason else []
    return tuple(explained_rows), notes


def validate(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    report: Path | None = None,
    progress: Progress = SILENT,
    measured: bool | None = False,
) -> ValidateResult:
    """Lay one target's outputs beside the oracle's. Passing is the caller's to act upon; ``measured`` as
    of :func:`answer`."""
    chosen = plan(settings, runs=True)
    check_writable(report)
    asked = ask(path, settings, input, progress, chosen=chosen)
    with advised(asked.model, chosen):
        done = answer(asked, chosen, True if report is not None else measured, progress)
    if report is not None:
        write_json(report, done.report.as_json())
    return done
