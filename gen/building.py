"""A graph as a program: the library's files, and what a compiler makes of them for a target."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from . import budget, passes, target
from .backends import c99, micropython, platformio
from .backends.base import Generated, Origin
from .backends.c99.blocks import Layout
from .backends.c99.model import Options
from .backends.c99.names import model_identifier
from .device import board as firmware
from .device import emulator, host, mpy
from .device.interface import Axis, Interface, Port
from .device.reach import C99, MICROPYTHON, Reach, backend_of
from .errors import GatesmithError, UsageError
from .facts import Built
from .flow import Progress, Settings
from .graph import Graph, Shape
from .quantizing import Observations, in_numbers, numeric_of
from .reading import Model
from .version import __version__

MATHS = ("fast", "exact", "libm")


def program(
    model: Model, settings: Settings, graph: Graph | None = None, seen: Observations | None = None
) -> tuple[Generated, target.Target, tuple[int, ...]]:
    """The library's files, the target, and the steps that buffers hold, one an axis.

    Args:
        graph: the model's, in the numbers of the settings already, where they are known.
        seen: what calibration has shown of the file, where it may be known.
    """
    board = target.load(settings.target)
    numeric = numeric_of(settings, board)
    backend = backend_of(board, settings.backend)
    if backend == MICROPYTHON and settings.math != MATHS[0]:
        raise UsageError("MicroPython computes with its own exp and tanh", fix="leave out --math")
    if settings.math not in MATHS:
        raise UsageError(f'there is no math "{settings.math}"', fix=f"choose one of: {', '.join(MATHS)}")
    compiled = passes.compile_graph(graph or in_numbers(model, settings, numeric, seen), settings.max_steps)
    source = model.reading.source
    written = f"{source.generation} ({source.keras_version})" if source.keras_version else source.generation
    origin = Origin(model.path.name, source.sha256, written, source.weights_id)
    wanted = settings.name or model.path.name.split(".")[0]
    if backend == MICROPYTHON:
        module = micropython.Options(micropython.module_identifier(wanted), board.name, numeric)
        made = micropython.generate(compiled, origin, module, __version__)
    else:
        options = Options(
            model_identifier(wanted),
            board.name,
            numeric,
            Layout(board.rows, board.lanes, board.isa if numeric.integer else ""),
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
        inputs=tuple(Port(p.title, _open(p.shape, p.axis), p.axis, p.dtype) for p in made.inputs),
        outputs=tuple(Port(p.title, _open(p.shape, p.axis), p.axis, p.dtype) for p in made.outputs),
        axes=tuple(Axis(a.name, a.fixed, a.capacity) for a in made.axes),
        has_step=made.causal,
        state_bytes=made.state_bytes,
    )


def buffers(made: Generated, lengths: tuple[int, ...], ram: int) -> tuple[tuple[int, ...], bool]:
    """Steps that a program's buffers hold, one an axis, and whether that is a single step where it could be sequences.

    They would take more than a quarter of the RAM (bytes; 0 for no bounds) otherwise. Whoever flashes a program and
    whoever talks to it ask here alike.
    """
    by_steps = goes_by_steps(made, lengths, ram)
    return ((1,) if by_steps else lengths), by_steps


@contextmanager
def built(
    model: Model,
    settings: Settings,
    way: Reach,
    progress: Progress,
    sizes: bool = False,
    whole: bool = False,
    seen: Observations | None = None,
) -> Iterator[Built]:
    """The model as a program on the way to its target, in a folder that goes away afterwards.

    Behind a port it is there already, and nothing is built.

    Args:
        sizes: build for a port's target nevertheless, to know bytes, if compilers for it are here.
        whole: the buffers must hold whole sequences, however large they are; what is behind a port has what it has.
        seen: what calibration has shown of the file, where it may be known.
    """
    with progress.step("generate"):
        made, board, lengths = program(model, settings, seen=seen)
        by_steps = False
        if way.flashed or not whole:
            lengths, by_steps = buffers(made, lengths, board.ram)
        if settings.budget and not board.is_host and not way.port and way.backend != MICROPYTHON:
            budget.hold(budget_of(made, board, settings, lengths, by_steps), str(model.path))
        expected = interface(made, numeric_of(settings, board).name)
    with tempfile.TemporaryDirectory(prefix="gatesmith-") as place:
        ready = Built(made, expected, None, _digest(made.files), way, lengths, by_steps)
        if way.backend == MICROPYTHON:
            if not way.port:
                with progress.step("build"):
                    pass  # Python is what runs; bytecode is made as the device is started
        elif not way.port:
            with progress.step("build"):
                ready = replace(ready, program=compiled(made, settings, way, lengths, Path(place)))
        elif sizes:
            ready = replace(ready, program=_for_its_sizes(made, settings, board, lengths, Path(place)))
        yield ready


def compiled(made: Generated, settings: Settings, way: Reach, lengths: tuple[int, ...], folder: Path) -> host.Program:
    """The library with its glue, the link and a port as a program, all in the folder.

    Raises:
        BuildError, BudgetError, DeviceError: as :func:`gatesmith.device.board.build`.
    """
    board = way.target
    glue = f"{made.name}_link.c"
    for path, text in {**made.files, glue: c99.glue(made, numeric_of(settings, board).name, lengths)}.items():
        (folder / path).write_text(text, "utf-8")
    flags = board.compiler.flags(settings.math == "exact")
    sources, out = ([folder / f"{made.name}.c"], [folder / glue]), folder / "build"
    if way.emulator is None:
        return host.build(*sources, out, cflags=flags)
    return firmware.build(board, way.emulator, *sources, out, flags)


def _for_its_sizes(
    made: Generated, settings: Settings, board: target.Target, lengths: tuple[int, ...], folder: Path
) -> host.Program | None:
    """The program as it would be built here; None if it cannot be."""
    way = Reach(board, emulator.load(board.emulator) if board.emulator else None)
    if not board.is_host and (way.emulator is None or firmware.lacking(board, way.emulator)):
        return None
    try:
        return compiled(made, settings, way, lengths, folder)
    except GatesmithError:
        return None


def budget_of(
    made: Generated,
    board: target.Target,
    settings: Settings,
    lengths: Sequence[int],
    by_steps: bool = False,
    link: bool = True,
) -> budget.Budget:
    """What a generated library takes of a board; ``link`` as of :func:`gatesmith.budget.budget`."""
    numeric = numeric_of(settings, board).name
    return budget.budget(made, c99.glue(made, numeric, lengths), board, numeric, by_steps, link)


def modules_and_core(model: Model, settings: Settings) -> tuple[Generated, Generated, target.Target, tuple[int, ...]]:
    """A model's modules for MicroPython, its C, and what :func:`program` gives beside them."""
    graph = in_numbers(model, settings, numeric_of(settings, target.load(settings.target)))
    made, board, lengths = program(model, settings, graph)
    return made, program(model, replace(settings, backend=C99, name=made.name), graph)[0], board, lengths


def python_files(
    made: Generated, core: Generated, board: target.Target
) -> tuple[dict[str, str | bytes], dict[str, str | bytes]]:
    """Modules for MicroPython, as bytecode too if mpy-cross is here, and a folder that builds the C as a native module,
    where the target has native code; and what of it is the user's to change."""
    arch = board.micropython.arch if board.micropython else ""
    compiled = {f"mpy/{path}": data for path, data in mpy.cross(made.files, arch).items()} if mpy.available() else {}
    native = micropython.native(core, made, arch, board.compiler.flags(False), __version__) if arch else {}
    readme = micropython.readme(made, board.name, bool(compiled), bool(native))
    files: dict[str, str | bytes] = {**made.files, **compiled, **native, "README.md": readme}
    return files, {"main.py": micropython.example(made)}


def makefile(made: Generated, board: target.Target, settings: Settings) -> str:
    flags = board.compiler.flags(settings.math == "exact")
    if board.is_host:
        return c99.makefile(made, flags)
    here = ("-O2", "-ffp-contract=off" if settings.math == "exact" else "-ffp-contract=fast")
    return c99.makefile(made, here, (board.compiler.command, *flags))


def pio_project(
    made: Generated,
    boards: Sequence[target.Target],
    vectors: platformio.Vectors,
    lengths: Sequence[int],
    settings: Settings,
    source: str,
) -> tuple[dict[str, str], dict[str, str]]:
    """A PlatformIO project's files, and those of them that are the user's to change.

    Raises:
        UsageError: the boards cannot share one.
    """
    smallest = min(boards, key=lambda board: board.ram)
    return platformio.project(
        made,
        boards,
        vectors,
        numeric=numeric_of(settings, boards[0]).name,
        lengths=lengths,
        room=(1,) if goes_by_steps(made, lengths, smallest.ram) else lengths,
        exact=settings.math == "exact",
        source=source,
        version=__version__,
    )


def goes_by_steps(made: Generated, lengths: Sequence[int], ram: int) -> bool:
    """Whether a board gets buffers of one step: where those for whole sequences would take a quarter of its RAM."""
    if not made.causal or len(made.axes) != 1:
        return False
    ports = (*made.inputs, *made.outputs)
    sizes = [port.format.size * port.frame * (1 if port.axis is None else lengths[port.axis]) for port in ports]
    return bool(ram) and sum(sizes) > ram // 4


def _open(shape: Shape, axis: int | None) -> Shape:
    """A shape whose time axis is left open for the caller."""
    return shape if axis is None else (None, *shape[1:])


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()
