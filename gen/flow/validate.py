"""``validate``: compares a device's outputs with the oracle's, on one target."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..backends.base import Generated
from ..core.errors import UsageError
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
from .measure import DeviceRun, run, store
from .plan import Plan, plan
from .results import ValidateResult
from .send import check_lengths
from .verdict import verdict

SCHEMA = "gatesmith/validate/1"
CHOSEN_SAMPLES = 32
MANY = 0.01
"""Least share of outputs beyond the integers' range for a note."""
ALIKE = "all samples have the same answer, which shows little of the model: give samples that differ"
UNJUDGED = "labels are not used: the model has several outputs"


@dataclass(frozen=True)
class Question:
    """The inputs for a device, and the oracle's outputs.

    Args:
        in_file: the model in the file.
        model: the model fitted to the inputs.
        labels: labels of the samples, if the data have them.
        note: description of the inputs.
        data: the file of the inputs, if there is one.
        observed: calibrated values of the model.
        file: the file for Keras; None if no single file holds the model.
        cache: whether Keras's outputs are cached.
        classes: words of the labels, in the order of their numbers.
        notes: notes on the labels.
    """

    in_file: Model
    model: Model
    inputs: list[Array]
    labels: Array | None
    note: str
    judgement: Judgement
    data: Path | None = None
    observed: Observations = field(default_factory=Observations)
    file: Path | None = None
    cache: bool = True
    classes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    _integers: dict[int, list[Array]] = field(default_factory=dict)

    def integers(self, program: Built) -> list[Array]:
        """The reference's outputs of a program in integers; computed once for boards with the same program."""
        graph = program.generated.graph
        if id(graph) not in self._integers:
            self._integers[id(graph)] = answers(graph, program.take(self.inputs), np.int64)
        return self._integers[id(graph)]

    @cached_property
    def moved(self) -> list[Array]:
        """The effect of rounding alone on each output; computed once, if a device is beyond its tolerance."""
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
    """Read a model and its data, and compute the oracle's outputs.

    Without data, ``count`` samples are chosen, with the settings' steps if the file leaves their number open, and
    within the ranges of the calibration data, if there are any.

    Args:
        chosen: the only plan for the model, to refuse a model that certainly does not fit the board before it is run.
        held_out: whether ``input`` calibrates too: a part judges, the others calibrate (:func:`.datasets.divided`).

    Raises:
        UsageError: the settings give steps for data, or for a model that fixes every length.
        BudgetError: the model does not fit.
    """
    observed, divides = Observations(held_out), held_out
    if input is None and settings.has_goals and (data := settings.calibration_data):
        input, divides = data, True
    with progress.step("read"):
        in_file = load(path, settings)
        if chosen is not None and settings.budget and not settings.port:
            foreseen(in_file, chosen, [chosen.target])
        if input is None:
            batch, note = _chosen(in_file, settings, observed, count)
        elif settings.steps is not None:
            raise UsageError("--steps is for samples that are chosen; --input has its own length", fix="leave one out")
        else:
            batch, note = _judging(input, in_file, settings, divides, observed)
        inputs, labels = batch.inputs, batch.labels
        model = fitted(in_file, inputs, data=input)
    with progress.step("oracle"):
        is_whole = path.is_file() and settings.weights is None and settings.stop_before is None
        file = path if is_whole else None
        judgement = judge(model.reading, model.graph, inputs, file, store(settings.cache))
    if labels is not None and len(judgement.outputs) == 1:
        right = judgement.outputs[0]
        samples.placed(lambda _: score(right, right, labels, model.graph.logits))(input or path)
    notes = (*batch.notes, *[UNJUDGED] * (labels is not None and len(judgement.outputs) > 1))
    return Question(
        in_file, model, inputs, labels, note, judgement, input, observed, file, settings.cache, batch.classes, notes,
    )  # fmt: skip


def _chosen(in_file: Model, settings: Settings, observed: Observations, count: int) -> tuple[Batch, str]:
    """Samples for a validation without data, and a description of them.

    Raises:
        UsageError: settings give steps, but the model fixes every length.
    """
    steps = settings.steps
    if steps is not None and not any(None in in_file.graph.shape(p.tensor) for p in in_file.graph.inputs):
        raise UsageError("--steps has nothing to set: the model file fixes every length", fix="leave it out")
    spans = None if settings.calibration is None else input_spans(observed.of(in_file, settings))
    inputs = samples.choose(in_file.graph, settings.samples or count, steps=steps, spans=spans)
    note = "random, chosen so that the outputs vary and do not saturate; real data may differ more"
    return Batch(inputs), note + ("" if spans is None else ", within the calibrated ranges")


@samples.placed
def _judging(data: Path, model: Model, settings: Settings, divides: bool, observed: Observations) -> tuple[Batch, str]:
    """The samples of a file that judge, and their description.

    Args:
        divides: whether only every fourth sample judges, or the last quarter of a sequence of samples, because the
            others calibrate.
        observed: reads the data.

    Raises:
        DataError: they do not fit the model.
    """
    batch = datasets.uniform(data, observed.samples(data, model, settings))
    fitted(model, batch.inputs, data=data)  # the number of samples shows which axis they are
    ordered = model.graph.stateful
    note, total = data.name, len(batch.inputs[0])
    if divides:
        _, batch = datasets.divided(batch, ordered)
        note += f", {'held out' if observed.held_out and len(batch.inputs[0]) < total else 'part'} of {total:,}"
    if settings.samples is not None and settings.samples < (judging := len(batch.inputs[0])):
        note += f", {settings.samples:,} of {judging:,}, {'the first' if ordered else 'evenly spaced'}"
        batch = datasets.spread(batch, settings.samples, ordered)
    return batch, note


def answer(
    question: Question,
    chosen: Plan,
    measured: bool | None,
    progress: Progress = SILENT,
) -> ValidateResult:
    """Run a device and compare its outputs with the oracle's.

    Args:
        measured: whether the report has costs; None: only those that are fast to count.
    """
    flashed = chosen.reached.flashed
    with progress.step("generate"):
        files = prepared(question.in_file if flashed else question.model, chosen, observed=question.observed)
    if flashed or chosen.settings.max_steps:
        check_lengths(files, question.inputs, question.note)
    return compared(question, chosen, run(files, chosen, question.inputs, measured, progress=progress))


def compared(question: Question, chosen: Plan, device_run: DeviceRun) -> ValidateResult:
    """A device's outputs compared with the oracle's."""
    settings, program, judgement = chosen.settings, device_run.built, question.judgement
    numeric, tolerance = chosen.numeric, chosen.settings.tolerance
    facts = facts_of(device_run, chosen, question.model, question.inputs)
    results = program.give(device_run.raw)
    labels = question.labels if len(results) == 1 else None
    rows = tuple(
        replace(compare(port.title, ours, theirs, labels, program.generated.graph.logits), judge=judgement.judge)
        for port, ours, theirs in zip(program.generated.outputs, results, judgement.outputs, strict=True)
    )
    facts = facts.but(
        measured_on=device_run.cached_on or None, notes=[*facts.notes, *question.notes, *_alike(judgement.outputs)]
    )
    if not numeric.integer and tolerance is None and not all(row.within(numeric.tolerance) for row in rows):
        rows, notes = _explained(question, rows, results, numeric.tolerance)
        facts = facts.but(notes=[*facts.notes, *notes])
    if program.generated.integer:
        facts = _integers(facts, question, device_run, settings)
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
        source=question.model.reading.source,
        generated=program.generated,
        how=program.route.claim(),
        input_note=question.note,
        report=facts,
        answers=tuple(results),
        right=tuple(judgement.outputs),
        labels=question.labels,
    )


def _alike(outputs: Sequence[Array]) -> list[str]:
    """A note if several samples have the same output except for the last bits."""
    return [ALIKE] * all(len(y) > 1 and np.allclose(y, y[:1], rtol=3e-7, atol=0.0) for y in outputs)


def _integers(facts: Facts, question: Question, device_run: DeviceRun, settings: Settings) -> Facts:
    """Facts with those of integers: the number that differs from the reference's, inputs that saturate, and notes."""
    generated, notes = device_run.built.generated, facts.notes
    expected = question.integers(device_run.built)
    if same_data(settings, question.data) and not question.observed.held_out:
        notes = [*notes, SAME_DATA]
    for port, right in zip(generated.outputs, question.judgement.outputs, strict=True):
        if (share := beyond(port.format, right, room=0.02)) > MANY:
            text = f"{share:.0%} of the answers of {port.title} lie beyond what its integers reach"
            notes = [*notes, f"{text}: calibrate with data that have such answers"]
    return facts.but(
        different_integers=sum(int(np.sum(a != b)) for a, b in zip(device_run.raw, expected, strict=True)),
        integers=sum(int(y.size) for y in device_run.raw),
        clipped_inputs=clipped(question.model.graph, [port.format for port in generated.inputs], question.inputs),
        notes=notes,
        **({} if settings.hop is not None else _each_step(question, generated)),
    )


def _each_step(question: Question, program: Generated) -> dict[str, float | None]:
    """Facts of the integers' outputs after each step, compared with float32's: signal to noise of all steps and of the
    last one, of the worst output, and the share that saturates before the end."""
    stream = program.rate is not None
    if not (program.causal or stream):
        return {}
    floats, integers = (each_step(graph, stream) for graph in (question.model.fused, program.graph))
    if floats is None or integers is None:
        return {}
    right, ours = evaluate(floats, question.inputs), evaluate(integers, question.inputs)
    snr, end = (
        min(decibels(*noise(y[:, first:], z[:, first:])) for y, z in zip(ours, right, strict=True)) for first in (0, -1)
    )
    share = clipped_answers([port.format for port in program.outputs], right)
    return {"snr_db_each_step": figure(snr), "snr_db_end": figure(end), "clipped_answers": share}


def _explained(
    question: Question, rows: Sequence[OutputComparison], results: Sequence[Array], tolerance: float
) -> tuple[tuple[OutputComparison, ...], list[str]]:
    """The rows, with those beyond the tolerance checked for rounding, and the sentences on these."""
    explained_rows, notes = [], []
    for row, ours, theirs, moved in zip(rows, results, question.judgement.outputs, question.moved, strict=True):
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
    """Compare one target's outputs with the oracle's. The caller handles a failed verdict; ``measured`` as for
    :func:`answer`."""
    chosen = plan(settings, runs=True)
    check_writable(report)
    question = ask(path, settings, input, progress, chosen=chosen)
    with advised(question.model, chosen):
        result = answer(question, chosen, True if report is not None else measured, progress)
    if report is not None:
        write_json(report, result.report.as_json())
    return result
