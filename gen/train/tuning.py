"""Tuning without labels: the float model teaches its rounded copy, and held-out samples decide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import AccuracyError, DataError, ModelError, UnsupportedError, UsageError
from ..core.formats import Array
from ..core.settings import SILENT, SYNTHETIC, Progress, Settings
from ..data import datasets
from ..data.datasets import Batch
from ..files.single import check_writable, write_file
from ..flow.plan import plan
from ..flow.reports import Distance, Tuning, about
from ..importers.keras.containers.archive import TUNED
from ..importers.keras.live.save import save
from ..importers.reading import Model, fitted, load
from ..oracle.reference import evaluate
from ..quantization.observations import thinned
from .lesson import Lesson
from .measure import certain_gain, distance, errors, refusal
from .samples import samples
from .student import Student
from .weights import assign

LEAST = 10
"""Least number of samples."""
FAITHFUL = 1e-3
"""Largest difference of Keras's outputs from the file's meaning, as a share of the largest output."""


def tune_file(
    path: Path, settings: Settings, output: Path | None = None, progress: Progress = SILENT
) -> tuple[Tuning, Any]:
    """Tune a model's weights for a numeric type; returns the results and the ``keras.Model``.

    Args:
        output: the ``.keras`` file to write.

    Raises:
        AccuracyError: tuning was no better than calibration alone.
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
        held_out=int(lesson.data.held_out.sum()),
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
    """The lesson for a student from its calibration data.

    Raises:
        UsageError: the model's weights are rounded already.
        UnsupportedError: no layer has a matrix to tune.
        DataError: there are too few samples, or they have another length than the model.
        ModelError: as :func:`_check`.
    """
    if tuned := original.reading.source.tuned:
        raise UsageError(f"the file is tuned for {tuned} already", fix="tune the float model that it was made from")
    data = Path(student.settings.calibration or "")
    inputs = datasets.uniform(data, datasets.samples_of(data, original.graph, training=True)).inputs
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
    """Distances of the integers from the float model on the held-out samples: calibrated alone, and tuned. Assigns the
    tuned weights to the Keras model.

    Raises:
        AccuracyError: the tuned weights have no certain gain, or lose classes.
        KeyboardInterrupt: the same after Ctrl-C: there is nothing to keep yet.
    """
    values, data = student.numbers(), lesson.data
    assign(student.weights.variables, values)
    graphs, judged = (student.start.graph, student.quantized(values).graph), data.judging()
    targets, outputs = lesson.answers(judged), [evaluate(graph, judged, apart=True) for graph in graphs]
    before, after = (distance(one, targets, lesson.classes) for one in outputs)
    held_out_gain = certain_gain([errors(one, targets) for one in outputs], int(data.held_out.sum()))
    targets, outputs = lesson.answers(data.inputs), [evaluate(graph, data.inputs, apart=True) for graph in graphs]
    total_gain = certain_gain([errors(one, targets) for one in outputs], len(data.inputs[0]))
    if why := refusal(after, before, held_out_gain, total_gain):
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
    """Checks that Keras computes the file's meaning.

    Raises:
        ModelError: it does not.
    """
    batch = [x[: lesson.size] for x in inputs]
    for ours, keras in zip(evaluate(original.fused, batch, apart=True), lesson.answers(batch), strict=True):
        if np.abs(ours - keras).max() > FAITHFUL * max(1.0, float(np.abs(keras).max())):
            raise ModelError(
                "the Keras of today computes other values than this file means",
                where=original.reading.source.path,
                why="the release that wrote it did otherwise, or layers compute in fewer bits than float32",
                fix="build the model anew in Keras 3, in float32, give it these weights, and save it",
            )
