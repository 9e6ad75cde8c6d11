"""The whole flow on one page: file -> graph -> program -> files -> device -> outputs, beside the oracle's."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from . import keras, passes, samples, target
from .backends import c99
from .backends.base import Generated, Origin
from .backends.c99.blocks import Layout
from .backends.c99.model import Options
from .backends.c99.names import model_identifier
from .compare import compare, figure
from .device import board as firmware
from .device import emulator, host
from .device.device import Device
from .device.interface import Axis, Interface, Port
from .errors import DataError, GatesmithError, UnsupportedError, UsageError
from .facts import Built, facts_of
from .flow import SILENT, GenerateResult, Progress, RunResult, Settings, ValidateResult
from .graph import Array, Graph, Shape
from .keras.importer import build
from .keras.spec import Reading
from .numerics.base import Numeric
from .numerics.float32 import FLOAT32
from .oracle import judge
from .output import write_folder, write_json, write_npz
from .reference import Reference
from .version import __version__

NUMERICS: Mapping[str, Numeric] = {FLOAT32.name: FLOAT32}
MATHS = ("fast", "exact", "libm")
GOLDEN_SAMPLES = 3
GOLDEN_STEPS = 32
LARGEST_INPUT = 1_000_000
CHOSEN_SAMPLES = 32


@dataclass(frozen=True)
class Model:
    """A file that was read, and the graph it means."""

    path: Path
    reading: Reading
    graph: Graph


def load(path: Path, settings: Settings, shapes: Sequence[Shape] | None = None) -> Model:
    """Read a file and build its graph."""
    reading = keras.read(
        path, weights=settings.weights, keras_backend=settings.keras_backend, stop_before=settings.stop_before
    )
    return Model(path, reading, build(reading, shapes))


def graph_of(path_or_model: Any, **options: Any) -> Graph:
    """The graph of a file or of a live model; options as of :func:`gatesmith.keras.read`."""
    return build(keras.read(path_or_model, **options))


def fitted(model: Model, inputs: Sequence[Array], drop: int = 1) -> Model:
    """The model for sequences as long as the data's, where they differ from the file's.

    Args:
        drop: leading axes of the inputs that are not the sample's own.

    Raises:
        DataError: the model cannot take inputs of these shapes.
    """
    graph = model.graph
    shapes = []
    for index, (port, x) in enumerate(zip(graph.inputs, inputs, strict=True)):
        own, given = graph.shape(port.tensor), x.shape[drop:]
        same = len(own) == len(given) and all(
            n in (None, m) or (axis == 0 and m > 0) for axis, (n, m) in enumerate(zip(own, given, strict=True))
        )
        if not same:
            raise DataError(
                f"in_{index} has samples of shape {given}; the model's input takes {_shape_text(own)}",
                where=str(model.path),
            )
        shapes.append(tuple(given))
    if shapes == [graph.shape(port.tensor) for port in graph.inputs]:
        return model
    try:
        return replace(model, graph=build(model.reading, shapes))
    except GatesmithError as error:
        told = ", ".join(f"in_{i} {_shape_text(shape)}" for i, shape in enumerate(shapes))
        raise DataError(
            f"the model does not take inputs of these shapes: {told}", where=str(model.path), why=error.what
        ) from error


def program(model: Model, settings: Settings) -> tuple[Generated, target.Target, tuple[int, ...]]:
    """The library's files, the target, and the steps that buffers hold, one an axis."""
    board = target.load(settings.target)
    numeric = settings.numeric or board.numerics[0]
    if numeric not in board.numerics or numeric not in NUMERICS:
        raise UsageError(
            f'target {board.name} has no numeric type "{numeric}"', fix=f"choose one of: {', '.join(board.numerics)}"
        )
    if settings.math not in MATHS:
        raise UsageError(f'there is no math "{settings.math}"', fix=f"choose one of: {', '.join(MATHS)}")
    compiled = passes.compile_graph(model.graph, settings.max_steps)
    source = model.reading.source
    written = f"{source.generation} ({source.keras_version})" if source.keras_version else source.generation
    origin = Origin(model.path.name, source.sha256, written, source.weights_id)
    name = model_identifier(settings.name or model.path.name.split(".")[0])
    options = Options(
        name,
        board.name,
        NUMERICS[numeric],
        Layout(board.rows, board.lanes),
        settings.math,
        board.constants == "progmem",
    )
    made = c99.generate(compiled, origin, options, __version__)
    lengths = tuple(
        axis.fixed or settings.max_steps or axis.length or axis.capacity or passes.DEFAULT_CAPACITY
        for axis in made.axes
    )
    return made, board, lengths


def interface(made: Generated, numeric: str) -> Interface:
    """What the device must say of itself."""
    return Interface(
        name=made.name,
        model_id=made.model_id,
        numeric=numeric,
        inputs=tuple(Port(p.title, _open(p.shape, p.axis), p.axis) for p in made.inputs),
        outputs=tuple(Port(p.title, _open(p.shape, p.axis), p.axis) for p in made.outputs),
        axes=tuple(Axis(a.name, a.fixed, a.capacity) for a in made.axes),
        has_step=made.causal,
        state_bytes=made.state_bytes,
    )


@contextmanager
def built(
    model: Model, settings: Settings, stand_in: emulator.Emulator | None, progress: Progress, whole: bool = False
) -> Iterator[Built]:
    """The model as a program for its target or what stands in for it, in a folder that goes away afterwards.

    Args:
        whole: the buffers must hold whole sequences, however large they are.
    """
    with progress.step("generate"):
        made, board, lengths = program(model, settings)
        by_steps = not whole and made.causal and len(made.axes) == 1 and _large(made, lengths, board.ram)
        if by_steps:
            lengths = (1,)
    with tempfile.TemporaryDirectory(prefix="gatesmith-") as place:
        folder = Path(place)
        files = {**made.files, f"{made.name}_link.c": c99.glue(made, _numeric(settings, board), lengths)}
        for path, text in files.items():
            (folder / path).write_text(text, "utf-8")
        with progress.step("build"):
            flags = board.compiler.flags(settings.math == "exact")
            sources, place_of = ([folder / f"{made.name}.c"], [folder / f"{made.name}_link.c"]), folder / "build"
            if stand_in is None:
                binary = host.build(*sources, place_of, cflags=flags)
            else:
                binary = firmware.build(board, stand_in, *sources, place_of, flags)
        yield Built(made, interface(made, _numeric(settings, board)), binary, _digest(made.files), stand_in, by_steps)


def generate(
    path: Path, out: Path, settings: Settings, force: bool = False, progress: Progress = SILENT
) -> GenerateResult:
    """Write the library, an example, a self-test with golden vectors, and a Makefile.

    Raises:
        UsageError: the folder holds files that Gatesmith did not write.
    """
    with progress.step("read"):
        model = load(path, settings)
    with progress.step("generate"):
        made, board, lengths = program(model, settings)
        length_of = {
            port.name: _golden_steps(made, port.axis, lengths) for port in made.inputs if port.axis is not None
        }
        shapes = [
            (length_of[view.name], *view.shape[1:]) if view.axis is not None else view.shape for view in made.inputs
        ]
        inputs = samples.choose(fitted(model, _blank(shapes)).graph, GOLDEN_SAMPLES)
        steps = [_steps(made, index, inputs, lengths) for index in range(len(made.axes))]
        answers = Reference(fitted(model, inputs).graph).run(inputs)
        files = {
            **made.files,
            f"{made.name}_selftest.c": c99.selftest(made, inputs, answers, steps, FLOAT32.tolerance),
        }
        yours = {"main.c": c99.example(made, lengths), "Makefile": _makefile(made, board, settings)}
    with progress.step("write"):
        written = write_folder(
            out, files, yours, {"model_id": made.model_id, "source": model.reading.source.sha256}, force
        )
    oracle = f"reference, float64, {model.reading.source.generation} semantics"
    return GenerateResult(made, out, written, model.reading.source, oracle)


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
    stand_in = emulator.stand_in(target.load(settings.target), settings.emulate)
    with progress.step("read"):
        model = load(path, settings)
        inputs = None
        if input is not None:
            inputs, _ = samples.read_npz(input, len(model.graph.inputs))
            if stateful and (any(x.ndim < 3 for x in inputs) or len({x.shape[:2] for x in inputs}) > 1):
                raise DataError("--stateful takes arrays of (calls, rows, ...), alike for all inputs", where=str(input))
            model = fitted(model, inputs, drop=2 if stateful else 1)
    with built(model, settings, stand_in, progress, whole=stateful) as made:
        results = None
        with progress.step("run"), made.start() as device:
            if inputs is not None:
                results = _run_stateful(device, inputs) if stateful else _run_samples(device, inputs, made.by_steps)
        wanted = report is not None
        facts = facts_of(made, settings, model.path, model.reading.source, inputs, stateful, measured=wanted)
        if wanted and inputs is not None and results is not None:
            reference = Reference(model.graph)
            right = _reference_calls(reference, inputs) if stateful else reference.run(inputs)
            facts["oracle"] = f"reference, float64, {model.reading.source.generation} semantics"
            facts["max_abs_error"] = figure(max(compare("", a, b).max_abs for a, b in zip(results, right, strict=True)))
        if results is not None and output is not None:
            write_npz(output, {f"out_{i}": y.astype(np.float32) for i, y in enumerate(results)})
        if report is not None:
            write_json(report, facts)
        return RunResult(results, facts, made.generated, model.reading.source)


def validate(
    path: Path,
    settings: Settings,
    input: Path | None = None,
    report: Path | None = None,
    tolerance: float | None = None,
    progress: Progress = SILENT,
) -> ValidateResult:
    """Run the device and lay its outputs beside the oracle's. Passing is the caller's to act upon."""
    stand_in = emulator.stand_in(target.load(settings.target), settings.emulate)
    with progress.step("read"):
        model = load(path, settings)
        labels = None
        if input is None:
            inputs = samples.choose(model.graph, CHOSEN_SAMPLES)
            note = "chosen so that the outputs vary and do not saturate"
        else:
            inputs, labels = samples.read_npz(input, len(model.graph.inputs))
            note = input.name
        model = fitted(model, inputs)
    with progress.step("oracle"):
        alone = path.is_file() and settings.weights is None and settings.stop_before is None
        judgement = judge(model.reading, model.graph, inputs, path if alone else None)
    with built(model, settings, stand_in, progress) as made:
        with progress.step("validate"), made.start() as device:
            results = _run_samples(device, inputs, made.by_steps)
        facts = facts_of(made, settings, model.path, model.reading.source, inputs, False, measured=report is not None)
    numeric = NUMERICS[made.interface.numeric]
    limit = numeric.tolerance if tolerance is None else tolerance
    rows = tuple(
        compare(port.title, ours, theirs, labels if len(results) == 1 else None)
        for port, ours, theirs in zip(made.generated.outputs, results, judgement.outputs, strict=True)
    )
    passed = all(row.within(limit) for row in rows)
    facts |= {
        "oracle": judgement.oracle,
        "max_abs_error": figure(max(row.max_abs for row in rows)),
        "tolerance": limit,
        "passed": passed,
        "outputs": [row.as_dict() for row in rows],
    }
    if report is not None:
        write_json(report, facts)
    return ValidateResult(
        outputs=rows,
        passed=passed,
        tolerance=limit,
        samples=len(inputs[0]),
        oracle=judgement.oracle,
        target=settings.target,
        numeric=numeric.name,
        math=settings.math,
        source=model.reading.source,
        generated=made.generated,
        how=made.how(),
        input_note=note,
        report=facts,
    )


def _golden_steps(made: Generated, axis: int, lengths: Sequence[int]) -> int:
    """Steps of the self-test's sequences: few where the model leaves the choice."""
    return lengths[axis] if made.axes[axis].fixed is not None else min(lengths[axis], GOLDEN_STEPS)


def _blank(shapes: Sequence[Shape]) -> list[Array]:
    """One sample of each shape that takes no memory.

    Raises:
        UnsupportedError: a sample that no board, and no self-test, could hold.
    """
    sizes = [int(np.prod([n or 1 for n in shape])) for shape in shapes]
    if max(sizes, default=0) > LARGEST_INPUT:
        raise UnsupportedError(
            f"the model takes {max(sizes):,} values at once: more than any board holds",
            fix="build the model for shorter sequences, or leave their length open: Input((None, features))",
        )
    return [np.broadcast_to(np.float32(0), (1, *(n or 1 for n in shape))) for shape in shapes]


def _run_samples(device: Device, inputs: Sequence[Array], by_steps: bool) -> list[Array]:
    samples_of = [[x[i] for x in inputs] for i in range(len(inputs[0]))]
    results = [device.run_by_steps(x) if by_steps else device.run(x, reset=True) for x in samples_of]
    return [np.stack(parts) for parts in zip(*results, strict=True)]


def _run_stateful(device: Device, inputs: Sequence[Array]) -> list[Array]:
    """(calls, rows, ...): every row has a state of its own, kept on this side between its calls."""
    calls, rows = inputs[0].shape[:2]
    device.reset()
    states = [device.read_state()] * rows
    results: list[list[list[Array]]] = []
    for call in range(calls):
        answers = []
        for row in range(rows):
            device.write_state(states[row])
            answers.append(device.run([x[call, row] for x in inputs]))
            states[row] = device.read_state()
        results.append(answers)
    return [np.stack([np.stack([row[i] for row in call]) for call in results]) for i in range(len(results[0][0]))]


def _reference_calls(reference: Reference, inputs: Sequence[Array]) -> list[Array]:
    answers = [reference.run([x[call] for x in inputs]) for call in range(len(inputs[0]))]
    return [np.stack(parts) for parts in zip(*answers, strict=True)]


def _large(made: Generated, lengths: Sequence[int], ram: int) -> bool:
    """Whether buffers for whole sequences would take more than a quarter of a board's RAM."""
    counts = [port.frame * (1 if port.axis is None else lengths[port.axis]) for port in (*made.inputs, *made.outputs)]
    return bool(ram) and 4 * sum(counts) > ram // 4


def _makefile(made: Generated, board: target.Target, settings: Settings) -> str:
    flags = board.compiler.flags(settings.math == "exact")
    if board.is_host:
        return c99.makefile(made, flags)
    here = ("-O2", "-ffp-contract=off" if settings.math == "exact" else "-ffp-contract=fast")
    return c99.makefile(made, here, (board.compiler.command, *flags))


def _numeric(settings: Settings, board: target.Target) -> str:
    return settings.numeric or board.numerics[0]


def _steps(made: Generated, axis: int, inputs: Sequence[Array], lengths: Sequence[int]) -> int:
    found = [int(x.shape[1]) for port, x in zip(made.inputs, inputs, strict=True) if port.axis == axis]
    return found[0] if found else lengths[axis]


def _open(shape: Shape, axis: int | None) -> Shape:
    """A shape whose time axis is left open for the caller."""
    return shape if axis is None else (None, *shape[1:])


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()


def _shape_text(shape: Sequence[int | None]) -> str:
    inner = ", ".join("any" if n is None else str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
