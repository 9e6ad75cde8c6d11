"""The whole flow on one page: file -> graph -> program -> files -> device -> outputs, beside the oracle's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from . import samples, target
from .backends import c99
from .backends.base import Generated
from .backends.platformio import Vectors
from .budget import Budget, hold
from .budgeting import advised
from .building import (
    MATHS,
    budget_of,
    built,
    goes_by_steps,
    makefile,
    modules_and_core,
    pio_project,
    program,
    python_files,
)
from .compare import compare, figure
from .device.reach import MICROPYTHON, Reach, backend_of, reach
from .errors import DataError, UsageError
from .facts import facts_of
from .flow import SILENT, GenerateResult, Progress, RunResult, Settings, ValidateResult
from .graph import Array
from .numerics import NUMERICS
from .numerics.float32 import FLOAT32
from .oracle import Judgement, judge
from .output import Contents, check_writable, write_folder, write_json, write_npz
from .quantizing import SAME_DATA, Observations, check, clipped, input_spans, same_data
from .reading import Model, blank, fitted, graph_of, load
from .reference import Reference
from .sending import check_lengths, reference_calls, send, send_calls

__all__ = [
    "MATHS", "NUMERICS", "Model", "Question", "Settings", "answer", "ask", "built", "fitted", "generate", "graph_of",
    "load", "program", "run", "validate",
]  # fmt: skip

GOLDEN_SAMPLES = 3
GOLDEN_STEPS = 32
CHOSEN_SAMPLES = 32


def generate(
    path: Path,
    out: Path,
    settings: Settings,
    force: bool = False,
    progress: Progress = SILENT,
    more: Sequence[str] = (),
    program_too: bool = False,
) -> GenerateResult:
    """Write the library, an example and golden vectors: a PlatformIO project where the target is a board of it, else
    with a Makefile.

    Args:
        more: further boards of the same PlatformIO project.
        program_too: what must fit is the whole program with the link, since that is built next.

    Raises:
        UsageError: the folder holds files that Gatesmith did not write; or the boards cannot share a project.
    """
    with progress.step("read"):
        model = load(path, settings)
    with progress.step("generate"):
        board = target.load(settings.target)
        boards = [board, *(target.load(name) for name in more)]
        held: tuple[Budget, ...] = ()
        files: Contents
        yours: Contents
        if backend_of(board, settings.backend) == MICROPYTHON:
            if more:
                raise UsageError("--also is for PlatformIO projects, which modules need none of", fix="leave it out")
            boards = []
            made, core, board, lengths = modules_and_core(model, settings)
            files, yours = python_files(made, core, board)
        else:
            made, board, lengths = program(model, settings)
            held = _held(model, settings, made, boards, lengths, program_too)
            vectors = _vectors(model, made, lengths)
            if board.platformio is not None or more:
                files, yours = pio_project(made, boards, vectors, lengths, settings, path.name)
            else:
                selftest = c99.selftest(made, vectors.inputs, vectors.outputs, vectors.lengths, vectors.tolerance)
                files = {**made.files, f"{made.name}_selftest.c": selftest}
                yours = {"main.c": c99.example(made, lengths), "Makefile": makefile(made, board, settings)}
    with progress.step("write"):
        written = write_folder(
            out, files, yours, {"model_id": made.model_id, "source": model.reading.source.sha256}, force
        )
    oracle = f"reference, float64, {model.reading.source.generation} semantics" if boards else ""
    envs = tuple(each.name for each in boards if each.platformio is not None)
    return GenerateResult(made, out, written, model.reading.source, oracle, envs, lengths, held)


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
        raise UsageError("--output needs --input")
    check_writable(output, report)
    way = reach(target.load(settings.target), settings.emulate, settings.port, settings.backend)
    with progress.step("read"):
        model = in_file = load(path, settings)
        inputs = None
        if input is not None:
            inputs, _ = samples.read_npz(input, len(model.graph.inputs))
            if stateful and (any(x.ndim < 3 for x in inputs) or len({x.shape[:2] for x in inputs}) > 1):
                raise DataError("--stateful takes arrays of (calls, rows, ...), alike for all inputs", where=str(input))
            model = fitted(model, inputs, drop=2 if stateful else 1)
    wanted = report is not None
    with (
        advised(model, settings),
        built(in_file if way.flashed else model, settings, way, progress, wanted, whole=stateful) as made,
    ):
        results = None
        if way.flashed and inputs is not None:
            check_lengths(made, inputs, str(input), stateful)
        with progress.step("run"), made.start() as device:
            if inputs is not None:
                given = made.take(inputs)
                results = made.give(send_calls(device, given) if stateful else send(device, given, made.by_steps))
        facts = facts_of(made, settings, model.path, model.reading.source, inputs, stateful, measured=wanted)
        if inputs is not None and made.generated.integer:
            facts["clipped_inputs"] = clipped(model.graph, [port.format for port in made.generated.inputs], inputs)
        if wanted and inputs is not None and results is not None:
            reference = Reference(model.graph)
            right = reference_calls(reference, inputs) if stateful else reference.run(inputs)
            facts["oracle"] = f"reference, float64, {model.reading.source.generation} semantics"
            facts["max_abs_error"] = figure(max(compare("", a, b).max_abs for a, b in zip(results, right, strict=True)))
        if results is not None and output is not None:
            write_npz(output, {f"out_{i}": y.astype(np.float32) for i, y in enumerate(results)})
        if report is not None:
            write_json(report, facts)
        return RunResult(results, facts, made.generated, model.reading.source)


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
    """

    in_file: Model
    model: Model
    inputs: list[Array]
    labels: Array | None
    note: str
    judgement: Judgement
    data: Path | None = None
    seen: Observations = field(default_factory=Observations)


def ask(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    progress: Progress = SILENT,
    count: int = CHOSEN_SAMPLES,
    steps: int | None = None,
) -> Question:
    """Read a model and its data, and have the oracle answer.

    Where no data are given, ``count`` samples are chosen, of ``steps`` time steps where the file leaves their number
    open; within the ranges of the calibration data, if there are any.

    Raises:
        UsageError: ``steps`` beside data, or of a model that has no such choice.
    """
    seen = Observations()
    with progress.step("read"):
        in_file = load(path, settings)
        labels = None
        if input is None:
            if steps is not None and not any(None in in_file.graph.shape(p.tensor) for p in in_file.graph.inputs):
                raise UsageError("the model's file leaves no length open for --steps to say", fix="leave it out")
            spans = None if settings.calibration is None else input_spans(seen.of(in_file, settings))
            inputs = samples.choose(in_file.graph, count, steps=steps, spans=spans)
            note = "chosen so that the outputs vary and do not saturate"
            note += "" if spans is None else ", within the calibrated ranges"
        elif steps is not None:
            raise UsageError("--steps is for samples that are chosen; --input has its own length", fix="leave one out")
        else:
            inputs, labels = samples.read_npz(input, len(in_file.graph.inputs))
            note = input.name
        model = fitted(in_file, inputs)
    with progress.step("oracle"):
        alone = path.is_file() and settings.weights is None and settings.stop_before is None
        judgement = judge(model.reading, model.graph, inputs, path if alone else None)
    return Question(in_file, model, inputs, labels, note, judgement, input, seen)


def answer(
    asked: Question,
    settings: Settings,
    way: Reach,
    tolerance: float | None,
    measured: bool,
    progress: Progress = SILENT,
) -> ValidateResult:
    """Run a device and lay its outputs beside the oracle's.

    Args:
        tolerance: of the outputs, times max(1, largest answer); None for the numeric type's own.
        measured: the report is to have costs.
    """
    source, inputs, judgement = asked.model.reading.source, asked.inputs, asked.judgement
    model = asked.in_file if way.flashed else asked.model
    with built(model, settings, way, progress, sizes=measured, seen=asked.seen) as made:
        if way.flashed:
            check_lengths(made, inputs, asked.note)
        with progress.step("validate"), made.start() as device:
            raw = send(device, made.take(inputs), made.by_steps)
        results = made.give(raw)
        facts = facts_of(made, settings, asked.model.path, source, inputs, False, measured=measured)
    numeric = NUMERICS[made.interface.numeric]
    limit = numeric.tolerance if tolerance is None else tolerance
    rows = tuple(
        compare(port.title, ours, theirs, asked.labels if len(results) == 1 else None)
        for port, ours, theirs in zip(made.generated.outputs, results, judgement.outputs, strict=True)
    )
    passed = all(row.within(limit) for row in rows)
    if made.generated.integer:
        wanted = Reference(made.generated.graph, np.int64).run(made.take(inputs))
        facts["different_integers"] = sum(int(np.sum(a != b)) for a, b in zip(raw, wanted, strict=True))
        facts["integers"] = sum(int(y.size) for y in raw)
        facts["clipped_inputs"] = clipped(asked.model.graph, [port.format for port in made.generated.inputs], inputs)
        passed = passed and facts["different_integers"] == 0
        if same_data(settings, asked.data):
            facts["notes"] = [*facts.get("notes", []), SAME_DATA]
    facts |= {
        "oracle": judgement.oracle,
        "max_abs_error": figure(max(row.max_abs for row in rows)),
        "tolerance": limit,
        "passed": passed,
        "outputs": [row.as_dict() for row in rows],
    }
    return ValidateResult(
        outputs=rows,
        passed=passed,
        tolerance=limit,
        samples=len(inputs[0]),
        oracle=judgement.oracle,
        target=settings.target,
        numeric=numeric.name,
        math=facts["math"],
        source=source,
        generated=made.generated,
        how=made.how(),
        input_note=asked.note,
        report=facts,
    )


def validate(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    report: Path | None = None,
    tolerance: float | None = None,
    progress: Progress = SILENT,
    measured: bool = False,
    steps: int | None = None,
) -> ValidateResult:
    """Lay one target's outputs beside the oracle's. Passing is the caller's to act upon; ``steps`` as of
    :func:`ask`."""
    way = reach(target.load(settings.target), settings.emulate, settings.port, settings.backend)
    check(settings, way.target)
    check_writable(report)
    asked = ask(path, settings, input, progress, steps=steps)
    with advised(asked.model, settings):
        done = answer(asked, settings, way, tolerance, measured or report is not None, progress)
    if report is not None:
        write_json(report, done.report)
    return done


def _held(
    model: Model,
    settings: Settings,
    made: Generated,
    boards: Sequence[target.Target],
    lengths: tuple[int, ...],
    program_too: bool,
) -> tuple[Budget, ...]:
    """The budgets of the boards that have bounds, with the link.

    Raises:
        BudgetError: the library alone (or ``program_too``) is more than one of them holds, and nobody said to try.
    """
    held = []
    with advised(model, settings):
        for board in boards:
            if not board.flash:
                continue
            by_steps = goes_by_steps(made, lengths, board.ram)
            held.append(budget_of(made, board, settings, (1,) if by_steps else lengths, by_steps))
            if settings.budget:
                library = budget_of(made, board, settings, lengths, link=False)
                hold(held[-1] if program_too else library, str(model.path))
    return tuple(held)


def _vectors(model: Model, made: Generated, lengths: Sequence[int]) -> Vectors:
    """Samples with the answers they must have: the same numbers where the type is an integer one."""
    length_of = {port.name: _golden_steps(made, port.axis, lengths) for port in made.inputs if port.axis is not None}
    shapes = [(length_of[view.name], *view.shape[1:]) if view.axis is not None else view.shape for view in made.inputs]
    inputs: Sequence[Array] = samples.choose(fitted(model, blank(shapes)).graph, GOLDEN_SAMPLES)
    steps = [_steps(made, index, inputs, lengths) for index in range(len(made.axes))]
    if made.integer:
        inputs = made.take(inputs)
        return Vectors(inputs, Reference(made.graph, np.int64).run(inputs), steps, 0.0)
    return Vectors(inputs, Reference(fitted(model, inputs).graph).run(inputs), steps, FLOAT32.tolerance)


def _golden_steps(made: Generated, axis: int, lengths: Sequence[int]) -> int:
    """Steps of the self-test's sequences: few where the model leaves the choice."""
    return lengths[axis] if made.axes[axis].fixed is not None else min(lengths[axis], GOLDEN_STEPS)


def _steps(made: Generated, axis: int, inputs: Sequence[Array], lengths: Sequence[int]) -> int:
    found = [int(x.shape[1]) for port, x in zip(made.inputs, inputs, strict=True) if port.axis == axis]
    return found[0] if found else lengths[axis]
