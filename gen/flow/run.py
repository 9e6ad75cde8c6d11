"""``run``: runs a model on its target with samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core.errors import UsageError
from ..core.graph import Array
from ..core.settings import SILENT, Progress, Settings
from ..data import datasets
from ..files.arrays import check_kind, write_arrays
from ..files.single import check_writable, write_json
from ..importers.reading import Model, fitted, load
from ..oracle.compare import compare, figure
from ..oracle.reference import answers
from ..quantization.observations import clipped
from ..run.built import Built
from . import measure
from .budget import advised, foreseen
from .built import prepared
from .facts import Facts, facts_of
from .plan import plan
from .results import RunResult
from .send import check_lengths


def run(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    output: Path | None = None,
    report: Path | None = None,
    progress: Progress = SILENT,
) -> RunResult:
    """Generate, build, start the device, and send each sample; without input only start the device."""
    if input is None and output is not None:
        raise UsageError("--output needs --input", fix="--input DATA.npz: the samples to answer")
    check_kind("--output", output)
    check_writable(output, report)
    chosen = plan(settings, runs=True)
    with progress.step("read"):
        in_file = load(path, settings)
        if settings.budget and not settings.port:
            foreseen(in_file, chosen, [chosen.target])
        inputs = None if input is None else datasets.uniform(input, datasets.samples_of(input, in_file.graph)).inputs
        model = in_file if inputs is None else fitted(in_file, inputs, input)
    flashed, has_report = chosen.reached.flashed, report is not None
    with advised(model, chosen):
        with progress.step("generate"):
            files = prepared(in_file if flashed else model, chosen)
        if (flashed or settings.max_steps) and inputs is not None:
            check_lengths(files, inputs, str(input))
        measured = True if has_report else None if inputs is not None else False
        result = measure.run(files, chosen, inputs, measured, progress=progress, step="run")
    facts, results = facts_of(result, chosen, model, inputs), None
    if inputs is not None:
        results = result.built.give(result.raw)
        facts = _judged(facts, result.built, model, inputs, results if has_report else None)
        if output is not None:
            write_arrays(output, {f"out_{i}": y.astype(np.float32) for i, y in enumerate(results)})
    if report is not None:
        write_json(report, facts.as_json())
    return RunResult(results, output, facts, result.built.generated, model.reading.source)


def _judged(facts: Facts, program: Built, model: Model, inputs: list[Array], results: list[Array] | None) -> Facts:
    """Facts with the share of inputs that saturate, and with the largest error of ``results``, if there are any."""
    if program.generated.integer:
        forms = [port.format for port in program.generated.inputs]
        facts = facts.but(clipped_inputs=clipped(model.graph, forms, inputs))
    if results is None:
        return facts
    right = answers(model.graph, inputs)
    worst = max(compare("", a, b).max_abs for a, b in zip(results, right, strict=True))
    judge = f"reference, float64, {model.reading.source.generation} semantics"
    return facts.but(oracle=judge, max_abs_error=figure(worst))
