"""A graph as a program: the library's files, and what a compiler makes of them for a target."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import passes, target
from .backends import c99, platformio
from .backends.base import Generated, Origin
from .backends.c99.blocks import Layout
from .backends.c99.model import Options
from .backends.c99.names import model_identifier
from .device import board as firmware
from .device import emulator, host
from .device.interface import Axis, Interface, Port
from .errors import UsageError
from .facts import Built
from .flow import Progress, Settings
from .graph import Shape
from .numerics.base import Numeric
from .numerics.float32 import FLOAT32
from .reading import Model
from .version import __version__

NUMERICS: Mapping[str, Numeric] = {FLOAT32.name: FLOAT32}
MATHS = ("fast", "exact", "libm")


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
        by_steps = not whole and goes_by_steps(made, lengths, board.ram)
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
        numeric=_numeric(settings, boards[0]),
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
    counts = [port.frame * (1 if port.axis is None else lengths[port.axis]) for port in (*made.inputs, *made.outputs)]
    return bool(ram) and 4 * sum(counts) > ram // 4


def _numeric(settings: Settings, board: target.Target) -> str:
    return settings.numeric or board.numerics[0]


def _open(shape: Shape, axis: int | None) -> Shape:
    """A shape whose time axis is left open for the caller."""
    return shape if axis is None else (None, *shape[1:])


def _digest(files: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{files[path]}\0".encode())
    return digest.hexdigest()
