"""Run: a model on its target, fed with samples."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.settings import SILENT, Progress, Settings
from ..data import datasets
from ..files.arrays import check_kind, write_arrays
from ..files.single import check_writable, write_json
from ..importers.reading import fitted, load
from ..oracle.compare import compare, figure
from ..oracle.reference import Reference, answers
from ..quantization.observations import clipped
from .budget import advised, foreseen
from .built import built
from .costs import costs_of
from .facts import facts_of
from .plan import plan
from .results import RunResult
from .send import check_lengths, reference_calls, send, send_calls


def run(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    output: Path | None = None,
    stateful: bool = False,
    report: Path | None = None,
    progress: Progress = SILENT,
) -> RunResult:
    """Generate, build, start the device, and send each sample; without input only say hello."""
    if output is not None and input is None:
        raise UsageError("--output needs --input", fix="--input DATA.npz: the samples to answer")
    check_kind(output)
    check_writable(output, report)
    chosen = plan(settings, runs=True)
    way = chosen.reached
    with progress.step("read"):
        model = in_file = load(path, settings)
        if settings.budget and not settings.port:
            foreseen(model, chosen, [chosen.target])
        inputs = None
        if input is not None:
            inputs, _ = datasets.whole(input, model.graph)
            if stateful and (any(x.ndim < 3 for x in inputs) or len({x.shape[:2] for x in inputs}) > 1):
                raise DataError(
                    "--stateful takes arrays of (calls, rows, ...), alike for all inputs",
                    where=str(input),
                    fix="leave out --stateful, or stack the calls: np.stack([first, second])",
                )
            model = fitted(model, inputs, 2 if stateful else 1, input)
    wanted = report is not None
    measured = True if wanted else None if inputs is not None else False
    with (
        advised(model, chosen),
        built(in_file if way.flashed else model, chosen, progress, wanted, whole=stateful) as program,
    ):
        results = None
        if way.flashed and inputs is not None:
            check_lengths(program, inputs, str(input), stateful)
        with progress.step("run"), program.start() as device:
            if inputs is not None:
                given = program.take(inputs)
                results = program.give(
                    send_calls(device, given, progress) if stateful else send(device, given, program.by_steps, progress)
                )
        costs = costs_of(program, inputs, stateful, measured)
        facts = facts_of(program, chosen, model.path, model.reading.source, inputs, stateful, costs)
        if inputs is not None and program.generated.integer:
            forms = [port.format for port in program.generated.inputs]
            facts = facts.but(clipped_inputs=clipped(model.graph, forms, inputs))
        if wanted and inputs is not None and results is not None:
            right = reference_calls(Reference(model.graph), inputs) if stateful else answers(model.graph, inputs)
            worst = max(compare("", a, b).max_abs for a, b in zip(results, right, strict=True))
            judge = f"reference, float64, {model.reading.source.generation} semantics"
            facts = facts.but(oracle=judge, max_abs_error=figure(worst))
        if results is not None and output is not None:
            write_arrays(output, {f"out_{i}": y.astype(np.float32) for i, y in enumerate(results)})
        if report is not None:
            write_json(report, facts.as_json())
        return RunResult(results, output, facts, program.generated, model.reading.source)
