"""Tuning without labels: the float model teaches its rounded copy, and samples that are held out decide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import AccuracyError, DataError, ModelError, UnsupportedError, UsageError
from ..core.formats import Array
from ..core.settings import SILENT, Progress, Settings
from ..data import datasets
from ..data.datasets import Batch
from ..files.single import check_writable, write_file
from ..flow.plan import plan
from ..flow.reports import Distance, Tuning, about
from ..importers.keras.containers.archive import TUNED
from ..importers.keras.live.save import save
from ..importers.reading import Model, fitted, load
from ..oracle.reference import evaluate
from ..quantization.observations import SYNTHETIC, thinned
from .lesson import Lesson
from .measure import distance, errors, refusal, sure_gain
from .samples import samples
from .student import Student
from .weights import assign

LEAST = 10
"""Samples that there must be."""
FAITHFUL = 1e-3
"""How far Keras's answers may be from what the file means, as a share of the largest."""


def tune_file(
    path: Path, settings: Settings, output: Path | None = None, progress: Progress = SILENT
) -> tuple[Tuning, Any]:
    """Tune a model's weights for a numeric type; returns what it brought, and the ``keras.Model``.

    Args:
        output: the ``.keras`` file to write.

    Raises:
        AccuracyError: nothing better was found.
        GatesmithError: the model, the data or the numeric type are refused.
    """
    with progress.step("calibrate"):
        _check_files(path, settings.calibration, output)
        original = load(path, settings)
        student = Student(path, settings, plan(settings).numeric)
        lesson = _lesson(student, original)
    with progress.step("tune"):
        seconds = lesson.learn(progress)
    with progress.step("judge"):
        before, after = _judged(student, lesson, original.reading.source.path)
    setattr(student.keras_model, TUNED, student.numeric.name)
    if output is not None:
        with progress.step("write"):
            write_file(output, save(student.keras_model))
    report = Tuning(
        **about(original.reading.source),
        numeric=student.numeric.name,
        samples=len(lesson.data.inputs[0]),
        held_out=int(lesson.data.held.sum()),
        steps=lesson.steps,
        best=lesson.best,
        interrupted=lesson.interrupted,
        seconds=seconds,
        calibrated=before,
        tuned=after,
        output=None if output is None else str(output),
    )
    return report, student.keras_model


def _check_files(path: Path, calibration: str | None, output: Path | None) -> None:
    if calibration in (None, SYNTHETIC):
        raise UsageError("tuning learns from typical inputs, not from made-up ones", fix="--calibration typical.npz")
    if output is None:
        return
    if output.suffix != ".keras":
        raise UsageError(f"--output {output} is no .keras file", fix=f"--output {output.stem}.keras")
    if output.resolve() == path.resolve():
        raise UsageError(f"--output {output} is the float model itself", fix=f"--output {output.stem}_tuned.keras")
    check_writable(output)


def _lesson(student: Student, original: Model) -> Lesson:
    """What the calibration data can teach.

    Raises:
        UsageError: the model's weights are rounded already.
        DataError: they are too few, or of another length than the model.
        ModelError: as :func:`_check`.
    """
    if tuned := original.reading.source.tuned:
        raise UsageError(f"the file is tuned for {tuned} already", fix="tune the float model that it was made from")
    data = Path(student.settings.calibration or "")
    inputs, _ = datasets.whole(data, original.graph, training=True)
    if fitted(original, inputs, data=data) is not original:
        mismatch = f"the samples have {inputs[0].shape[1]} steps, and the model another number"
        raise DataError(mismatch, where=str(data), fix="--length, if the file leaves its length open")
    if len(inputs[0]) < LEAST:
        raise DataError(
            f"tuning needs at least {LEAST} samples, better hundreds; there are {len(inputs[0])}",
            where=str(data),
            fix="more calibration data, as the model was trained on",
        )
    if not student.grids:
        raise UnsupportedError("no layer of this model has a matrix to tune", where=str(student.path))
    (batch,) = thinned([Batch(inputs)])
    lesson = Lesson(student, samples(batch.inputs, student.start.plain, student.start.graph))
    _check(lesson, original, batch.inputs)
    return lesson


def _judged(student: Student, lesson: Lesson, file: str) -> tuple[Distance, Distance]:
    """How far the integers are from the float model on the samples held out: calibrated alone, and tuned, whose weights
    the Keras model then has.

    Raises:
        AccuracyError: the tuned ones are no nearer, single samples may have made them so, or they lose classes.
        KeyboardInterrupt: the same after Ctrl-C: there is nothing to keep yet.
    """
    values, data = student.numbers(), lesson.data
    assign(student.weights.variables, values)
    graphs, judged = (student.start.graph, student.quantized(values).graph), data.judging()
    right, answers = lesson.answers(judged), [evaluate(graph, judged) for graph in graphs]
    before, after = (distance(ours, right, lesson.classes) for ours in answers)
    held = sure_gain([errors(ours, right) for ours in answers], int(data.held.sum()))
    right, answers = lesson.answers(data.inputs), [evaluate(graph, data.inputs) for graph in graphs]
    whole = sure_gain([errors(ours, right) for ours in answers], len(data.inputs[0]))
    if why := refusal(after, before, held, whole):
        if lesson.interrupted:
            raise KeyboardInterrupt
        raise AccuracyError(
            f"the tuned weights are not kept: {before.trimmed_db:.1f} dB with calibration alone,"
            f" {after.trimmed_db:.1f} dB with them, on the samples held out",
            why=why,
            where=file,
            fix=(f"--numeric {student.numeric.name} with the file as it is", "more calibration data"),
        )
    return before, after


def _check(lesson: Lesson, original: Model, inputs: Sequence[Array]) -> None:
    """That Keras computes what the file means.

    Raises:
        ModelError: it does not.
    """
    some = [x[: lesson.size] for x in inputs]
    for ours, theirs in zip(evaluate(original.fused, some), lesson.answers(some), strict=True):
        if np.abs(ours - theirs).max() > FAITHFUL * max(1.0, float(np.abs(theirs).max())):
            raise ModelError(
                "the Keras of today computes other values than this file means",
                where=original.reading.source.path,
                why="the release that wrote it did otherwise, or layers compute in fewer bits than float32",
                fix="build the model anew in Keras 3, in float32, give it these weights, and save it",
            )
